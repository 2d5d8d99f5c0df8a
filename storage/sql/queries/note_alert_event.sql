-- One step in the history of an alert.
INSERT INTO alert_events (alert_id, event_at, event, detail)
SELECT a.id, %(event_at)s::timestamptz, %(event)s::text, %(detail)s::jsonb FROM alerts a WHERE a.id = %(alert_id)s::bigint
