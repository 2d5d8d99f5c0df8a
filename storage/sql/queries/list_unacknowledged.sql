-- Firing alerts that nobody has taken note of, made before a time, for which this step was not taken.
SELECT a.id AS alert_id, 'firing' AS state, '{}'::text[] AS channels, a.opened_at AS event_at, l.labels
FROM alerts a JOIN alert_labels l ON l.alert_id = a.id
WHERE a.state IN ('firing', 'recovering') AND a.acknowledged_by IS NULL AND a.created_at <= %(since)s::timestamptz
  AND NOT EXISTS (SELECT FROM escalations s WHERE s.alert_id = a.id AND s.step = %(step)s::int)
ORDER BY a.id LIMIT %(limit)s::int
