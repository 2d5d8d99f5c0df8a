-- A case that was closed is taken up again; what was said when it was closed stays in the trail.
WITH old AS (
    SELECT id, cause FROM alerts WHERE id = %(id)s::bigint AND closed_at IS NOT NULL FOR UPDATE
), changed AS (
    UPDATE alerts a SET closed_at = NULL, closed_by = NULL, cause = NULL, explanation = NULL, measure = NULL,
                        changed_in = pg_current_xact_id()
    FROM old WHERE a.id = old.id
)
INSERT INTO alert_events (alert_id, event, actor, was, becomes, detail)
SELECT id, 'reopened', %(actor)s::text, 'closed', 'open', jsonb_build_object('comment', %(comment)s::text) FROM old
