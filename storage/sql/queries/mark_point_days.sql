-- The facts of these points' local days that these spans touch are to be made again.
INSERT INTO dirty_point_days (point_id, day)
SELECT DISTINCT w.point_id, day::date
FROM unnest(%(point_ids)s::int[], %(firsts)s::timestamptz[], %(lasts)s::timestamptz[]) AS w (point_id, first, last)
CROSS JOIN LATERAL generate_series(
    date_trunc('day', w.first AT TIME ZONE %(timezone)s::text),
    greatest(w.first, w.last - interval '1 microsecond') AT TIME ZONE %(timezone)s::text,
    interval '1 day') AS day
