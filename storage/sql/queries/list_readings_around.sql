-- The readings of each point in a span of its own, in order.
SELECT w.point_id, (extract(epoch FROM r.ts) * 1000000)::bigint AS ts_us, r.value, r.flag::text
FROM unnest(%(point_ids)s::int[], %(firsts)s::timestamptz[], %(lasts)s::timestamptz[]) AS w (point_id, first, last)
CROSS JOIN LATERAL (
    SELECT ts, value, flag FROM readings
    WHERE point_id = w.point_id AND ts BETWEEN w.first AND w.last
      AND ts BETWEEN %(first)s::timestamptz AND %(last)s::timestamptz
) r
ORDER BY w.point_id, r.ts
