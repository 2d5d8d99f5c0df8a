-- Take the oldest notices, with the labels of their alerts.
WITH taken AS (
    DELETE FROM notices WHERE id IN (SELECT id FROM notices ORDER BY id LIMIT %(limit)s::int) RETURNING *
)
SELECT t.alert_id, t.state, t.channels, greatest(t.event_at, a.last_at) AS event_at, l.labels
FROM taken t
JOIN alerts a ON a.id = t.alert_id
JOIN alert_labels l ON l.alert_id = t.alert_id
ORDER BY t.id
