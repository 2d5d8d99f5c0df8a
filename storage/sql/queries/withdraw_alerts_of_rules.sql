-- Open alerts of rules that no longer judge: nothing would ever end them.
WITH gone AS (
    UPDATE alerts SET state = 'withdrawn', changed_in = pg_current_xact_id()
    WHERE rule = ANY (%(codes)s::text[]) AND state IN ('pending', 'firing', 'recovering')
    RETURNING id
), states AS (
    DELETE FROM alert_states WHERE rule = ANY (%(codes)s::text[])
), scopes AS (
    DELETE FROM scope_states WHERE rule = ANY (%(codes)s::text[])
)
INSERT INTO alert_events (alert_id, event, detail) SELECT id, 'withdrawn', '{"reason": "rule_removed"}' FROM gone
