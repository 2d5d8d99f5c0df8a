-- The case of an alert is closed with its cause and measure: not while the data still exceed, and only once.
WITH old AS (
    SELECT id, state FROM alerts
    WHERE id = %(id)s::bigint AND closed_at IS NULL AND (state IN ('resolved', 'withdrawn') OR no_data) FOR UPDATE
), changed AS (
    UPDATE alerts a
    SET closed_at = %(now)s::timestamptz, closed_by = %(actor)s::text, cause = %(cause)s::text,
        explanation = %(explanation)s::text, measure = %(measure)s::text, changed_in = pg_current_xact_id()
    FROM old WHERE a.id = old.id
)
INSERT INTO alert_events (alert_id, event, actor, was, becomes, detail)
SELECT id, 'closed', %(actor)s::text, 'open', 'closed',
       jsonb_build_object('cause', %(cause)s::text, 'explanation', %(explanation)s::text, 'measure', %(measure)s::text)
FROM old
