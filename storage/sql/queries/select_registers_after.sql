-- The first two valid registers of counters at or after given instants, not younger than a given one.
SELECT w.point_id, r.ts, r.value, r.flag
FROM unnest(%(point_ids)s::int[], %(instants)s::timestamptz[], %(lows)s::float8[], %(highs)s::float8[])
    AS w (point_id, instant, low, high)
CROSS JOIN LATERAL visible.registers_after(
    w.point_id, w.instant, w.low, w.high, %(first)s::timestamptz, %(last)s::timestamptz) AS r
