-- The alerts of a group with something to tell, or still firing; what was last put out of each, and how often its rule fired.
SELECT n.alert_id, a.state, n.pending, n.told_state, n.told_at, n.held, a.acknowledged_by IS NOT NULL AS acknowledged,
       l.labels,
       EXISTS (SELECT FROM explained_alerts x JOIN notifications o ON o.alert_id = x.source_id AND o.channel = n.channel
               WHERE x.alert_id = a.id) AS explained,
       (SELECT count(*) FROM alerts b
        WHERE b.rule = a.rule AND (b.point_id = a.point_id OR b.scope = a.scope) AND b.state <> 'withdrawn'
          AND b.opened_at > %(lately)s::timestamptz AND b.opened_at <= a.opened_at) AS opened_lately,
       coalesce((SELECT o.payload FROM outbox o WHERE o.alert_id = a.id AND o.channel = 'mqtt' ORDER BY o.id DESC LIMIT 1),
                '{}') AS told
FROM notifications n
JOIN alerts a ON a.id = n.alert_id
JOIN alert_labels l ON l.alert_id = n.alert_id
WHERE n.channel = %(channel)s::text AND n.group_key = %(key)s::text AND (n.pending OR n.told_state = 'firing')
ORDER BY a.opened_at, a.id
LIMIT %(limit)s::int
