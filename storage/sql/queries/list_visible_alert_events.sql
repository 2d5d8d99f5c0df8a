-- What happened to an alert, in order.
SELECT at, event_at, event, actor, was, becomes, detail FROM visible.alert_events
WHERE alert_id = %(alert_id)s::bigint ORDER BY id
