-- The first readings of each point from a stamp on, in order.
SELECT w.point_id, (extract(epoch FROM r.ts) * 1000000)::bigint AS ts_us, r.value, r.flag::text
FROM unnest(%(point_ids)s::int[], %(since)s::timestamptz[]) AS w (point_id, since)
CROSS JOIN LATERAL visible.first_readings(w.point_id, w.since, %(limit)s::int) AS r
ORDER BY w.point_id, r.ts
