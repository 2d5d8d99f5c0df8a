-- Tracks with an alert that is open or may open, with the enterprise that owns the point.
SELECT s.rule, s.point_id, p.enterprise_id
FROM alert_states s JOIN points p ON p.id = s.point_id
WHERE s.state IN ('pending', 'firing', 'recovering') ORDER BY p.enterprise_id, s.point_id, s.rule
