-- Readings of a point in some spans, in steps: mean of valid minute means (a counter has none), extremes of valid readings.
-- Amounts belong to the step that ends with them. Steps are shorter than a day. As in hourly facts, an equipment mark makes
-- readings invalid, an automatic one only where no manual mark of any kind stands.
WITH mark AS MATERIALIZED (
    SELECT from_ts, to_ts, automatic, kind IN ('fault', 'calibration', 'maintenance') AS of_equipment
    FROM visible.marks_of_points
    WHERE point_id = %(point_id)s::int AND state = 'in_force' AND to_ts > %(from)s::timestamptz AND from_ts <= %(to)s::timestamptz
), reading AS (
    SELECT r.ts - shift.by AS ts, r.value,
           r.flag = 'N' AND r.value BETWEEN coalesce(p.plausible_low, '-Infinity') AND coalesce(p.plausible_high, 'Infinity')
           AND NOT coalesce((SELECT bool_or(of_equipment AND NOT automatic) OR (bool_or(of_equipment) AND bool_and(automatic))
                             FROM mark m WHERE r.ts >= m.from_ts AND r.ts < m.to_ts), false) AS valid,
           p.kind <> 'counter' AS has_mean
    FROM visible.points p
    CROSS JOIN LATERAL (SELECT CASE p.kind WHEN 'interval' THEN interval '1 microsecond' ELSE interval '0' END AS by) shift
    CROSS JOIN unnest(%(starts)s::timestamptz[], %(ends)s::timestamptz[]) AS span (starts, ends)
    JOIN visible.readings r ON r.point_id = p.id AND r.ts >= span.starts + shift.by AND r.ts < span.ends + shift.by
    WHERE p.id = %(point_id)s::int AND r.point_id = %(point_id)s::int
      AND r.ts >= %(from)s::timestamptz AND r.ts <= %(to)s::timestamptz
), minute AS (
    SELECT date_trunc('minute', ts) AS ts, avg(value) FILTER (WHERE valid AND has_mean) AS mean,
           min(value) FILTER (WHERE valid) AS min, max(value) FILTER (WHERE valid) AS max, count(*) AS n,
           count(*) FILTER (WHERE valid) AS n_valid
    FROM reading GROUP BY 1
)
SELECT date_bin(%(step)s::interval, ts, date_trunc('day', timestamptz '2000-01-01', %(timezone)s::text)) AS ts,
       avg(mean) AS mean, min(min) AS min, max(max) AS max, sum(n)::int AS n, sum(n_valid)::int AS n_valid,
       count(*) FILTER (WHERE n_valid > 0)::int AS minutes
FROM minute GROUP BY 1 ORDER BY 1
