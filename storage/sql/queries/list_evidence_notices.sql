-- Who was told of an alert: what was put out, and when it was taken.
SELECT o.channel, coalesce(m.state, o.payload ->> 'state') AS state, o.payload ->> 'text' AS text, o.created_at, o.delivered_at,
       o.attempts, o.last_error
FROM outbox o LEFT JOIN outbox_alerts m ON m.message_id = o.id AND m.alert_id = %(alert_id)s::bigint
WHERE o.alert_id = %(alert_id)s::bigint
   OR o.id IN (SELECT message_id FROM outbox_alerts WHERE alert_id = %(alert_id)s::bigint)
ORDER BY o.id
