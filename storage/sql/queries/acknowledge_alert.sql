-- A person takes note of an alert; the first one to do so stays its acknowledger, every one is recorded.
WITH old AS (
    SELECT id, acknowledged_by FROM alerts WHERE id = %(id)s::bigint FOR UPDATE
), taken AS (
    UPDATE alerts a SET acknowledged_by = coalesce(old.acknowledged_by, %(actor)s::text), changed_in = pg_current_xact_id()
    FROM old WHERE a.id = old.id
)
INSERT INTO alert_events (alert_id, event, actor, was, becomes, detail)
SELECT id, 'acknowledged', %(actor)s::text, acknowledged_by, coalesce(acknowledged_by, %(actor)s::text),
       jsonb_build_object('comment', %(comment)s::text)
FROM old
