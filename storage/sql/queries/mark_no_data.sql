-- The points of these tracks have fallen silent: marked, never resolved.
WITH silent AS (
    UPDATE alert_states s SET state = 'no_data'
    FROM unnest(%(rules)s::text[], %(point_ids)s::int[]) AS t (rule, point_id)
    WHERE s.rule = t.rule AND s.point_id = t.point_id AND s.state IN ('pending', 'firing', 'recovering', 'not_judged')
    RETURNING s.alert_id
), marked AS (
    UPDATE alerts a SET no_data = true, changed_in = pg_current_xact_id()
    FROM silent WHERE a.id = silent.alert_id AND NOT a.no_data
    RETURNING a.id
)
INSERT INTO alert_events (alert_id, event_at, event) SELECT id, %(now)s::timestamptz, 'no_data' FROM marked
