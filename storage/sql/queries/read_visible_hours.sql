-- A point's hours in some spans whose facts are settled, as steps: no mark waits on the hour.
SELECT f.hour AS ts, f.mean, f.min, f.max, f.n, f.n_valid, coalesce(f.minutes, f.n_valid) AS minutes
FROM unnest(%(starts)s::timestamptz[], %(ends)s::timestamptz[]) AS span (starts, ends)
JOIN visible.hourly_facts f ON f.hour >= span.starts AND f.hour < span.ends
WHERE f.point_id = %(point_id)s::int
  AND NOT EXISTS (SELECT FROM visible.dirty_hours d WHERE d.point_id = %(point_id)s::int AND d.hour = f.hour)
ORDER BY f.hour
