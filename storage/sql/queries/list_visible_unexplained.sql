-- Steps of an enterprise's counters that nothing explains, the newest first; how many there are.
SELECT s.address AS point, s.from_ts, s.to_ts, count(*) OVER ()::int AS steps
FROM visible.meter_steps s JOIN visible.points p ON p.id = s.point_id
WHERE s.kind = 'unexplained' AND p.enterprise = %(enterprise)s::text AND s.from_ts < %(to)s::timestamptz
ORDER BY s.from_ts DESC, s.address LIMIT %(limit)s::int
