-- The age of every enterprise's newest reading, and its points that missed three intervals.
-- window: now, whatever the window
SELECT e.code AS enterprise, e.name, max(l.ts) AS latest, extract(epoch FROM now() - max(l.ts)) AS age_s, count(p.id) AS points,
       count(p.id) FILTER (WHERE l.ts IS NULL OR l.ts < now() - 3 * p.interval_s * interval '1 second') AS silent_points
FROM visible.enterprises e
LEFT JOIN visible.points p ON p.enterprise_id = e.id AND p.retired_at IS NULL
LEFT JOIN visible.latest_readings l ON l.point_id = p.id
WHERE e.retired_at IS NULL AND (${scope:sqlstring} = 'city' OR 'park:' || e.park = ${scope:sqlstring})
GROUP BY e.code, e.name ORDER BY silent_points DESC, e.code
