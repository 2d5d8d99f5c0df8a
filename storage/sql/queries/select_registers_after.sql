-- The first two valid registers of counters at or after given instants, not younger than a given one.
SELECT w.point_id, r.ts, r.value, r.flag
FROM unnest(%(point_ids)s::int[], %(instants)s::timestamptz[], %(lows)s::float8[], %(highs)s::float8[])
    AS w (point_id, instant, low, high)
CROSS JOIN LATERAL (
    SELECT ts, value, flag FROM readings
    WHERE point_id = w.point_id AND ts >= w.instant AND flag = 'N' AND value BETWEEN w.low AND w.high
      AND ts BETWEEN %(first)s::timestamptz AND %(last)s::timestamptz
    ORDER BY ts LIMIT 2
) AS r
