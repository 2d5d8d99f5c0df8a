-- An alert becomes somebody's; null takes it back.
WITH old AS (
    SELECT id, assigned_to FROM alerts WHERE id = %(id)s::bigint FOR UPDATE
), changed AS (
    UPDATE alerts a SET assigned_to = %(to)s::text, changed_in = pg_current_xact_id() FROM old WHERE a.id = old.id
)
INSERT INTO alert_events (alert_id, event, actor, was, becomes, detail)
SELECT id, 'assigned', %(actor)s::text, assigned_to, %(to)s::text, jsonb_build_object('comment', %(comment)s::text) FROM old
