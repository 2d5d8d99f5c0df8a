-- A person takes note of an alert; the first one to do so stays its acknowledger, every one is recorded.
WITH taken AS (
    UPDATE alerts SET acknowledged_by = coalesce(acknowledged_by, %(actor)s::text), changed_in = pg_current_xact_id()
    WHERE id = %(id)s::bigint RETURNING id
)
INSERT INTO alert_events (alert_id, event, actor, detail)
SELECT id, 'acknowledged', %(actor)s::text, jsonb_build_object('comment', %(comment)s::text) FROM taken
