-- Somebody says something about an alert.
INSERT INTO alert_events (alert_id, event, actor, detail)
SELECT a.id, 'comment', %(actor)s::text, jsonb_build_object('comment', %(comment)s::text)
FROM alerts a WHERE a.id = %(id)s::bigint
