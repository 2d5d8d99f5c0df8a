-- The accounts of these points' enterprises are to be made again for every local day that these spans touch.
INSERT INTO dirty_days (enterprise_id, day)
SELECT DISTINCT p.enterprise_id, day::date
FROM unnest(%(point_ids)s::int[], %(firsts)s::timestamptz[], %(lasts)s::timestamptz[]) AS w (point_id, first, last)
JOIN points p ON p.id = w.point_id AND p.role = ANY(%(roles)s::text[])
CROSS JOIN LATERAL generate_series(
    date_trunc('day', w.first AT TIME ZONE %(timezone)s::text),
    greatest(w.first, w.last - interval '1 microsecond') AT TIME ZONE %(timezone)s::text,
    interval '1 day') AS day
