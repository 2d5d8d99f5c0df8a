-- The first readings of each point from a stamp on, in order.
SELECT w.point_id, (extract(epoch FROM r.ts) * 1000000)::bigint AS ts_us, r.value, r.flag::text
FROM unnest(%(point_ids)s::int[], %(since)s::timestamptz[]) AS w (point_id, since)
CROSS JOIN LATERAL (
    SELECT ts, value, flag FROM readings
    WHERE point_id = w.point_id AND ts >= w.since
    ORDER BY ts LIMIT %(limit)s::int
) r
ORDER BY w.point_id, r.ts
