-- Readings of a point in steps: mean of valid minute means, extremes of valid readings. Amounts belong to the step that ends with them.
WITH reading AS (
    SELECT r.ts - shift.by AS ts, r.value,
           r.flag = 'N' AND r.value >= coalesce(p.plausible_low, '-Infinity') AND r.value <= coalesce(p.plausible_high, 'Infinity') AS valid
    FROM visible.points p
    CROSS JOIN LATERAL (SELECT CASE p.kind WHEN 'interval' THEN interval '1 microsecond' ELSE interval '0' END AS by) shift
    JOIN visible.readings r ON r.point_id = p.id
    WHERE p.id = %(point_id)s::int AND r.point_id = %(point_id)s::int
      AND r.ts >= %(from)s::timestamptz AND r.ts <= %(to)s::timestamptz
      AND r.ts >= %(from)s::timestamptz + shift.by AND r.ts < %(to)s::timestamptz + shift.by
), minute AS (
    SELECT date_trunc('minute', ts) AS ts, avg(value) FILTER (WHERE valid) AS mean, min(value) FILTER (WHERE valid) AS min,
           max(value) FILTER (WHERE valid) AS max, count(*) AS n, count(*) FILTER (WHERE valid) AS n_valid
    FROM reading GROUP BY 1
)
SELECT CASE WHEN %(step)s::interval >= interval '1 day' THEN date_trunc('day', ts, %(timezone)s::text)
            ELSE date_bin(%(step)s::interval, ts, date_trunc('day', timestamptz '2000-01-01', %(timezone)s::text)) END AS ts,
       avg(mean) AS mean, min(min) AS min, max(max) AS max, sum(n)::bigint AS n, sum(n_valid)::bigint AS n_valid
FROM minute GROUP BY 1 ORDER BY 1 LIMIT %(limit)s::int
