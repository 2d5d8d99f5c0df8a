-- All readings of some windows, each a point with a first and a last instant; bounded over all, for the planner.
-- Packed a window a row for numpy, big-endian: stamps in microseconds since 2000, values, flags.
SELECT w.point_id, r.ts, r.value, r.flag
FROM unnest(%(point_ids)s::int[], %(firsts)s::timestamptz[], %(lasts)s::timestamptz[]) AS w (point_id, first, last)
CROSS JOIN LATERAL (
    SELECT string_agg(timestamptz_send(ts), ''::bytea) AS ts, string_agg(float8send(value), ''::bytea) AS value,
           string_agg(charsend(flag), ''::bytea) AS flag
    FROM (
        SELECT point_id, ts, value, flag FROM readings
        WHERE point_id = w.point_id AND ts BETWEEN w.first AND w.last
          AND ts BETWEEN %(first)s::timestamptz AND %(last)s::timestamptz
        ORDER BY ts
    ) AS ordered
    GROUP BY point_id
) AS r
