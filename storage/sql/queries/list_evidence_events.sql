-- The trail of an alert.
SELECT at, event_at, event, actor, was, becomes, detail FROM alert_events WHERE alert_id = %(alert_id)s::bigint ORDER BY id
