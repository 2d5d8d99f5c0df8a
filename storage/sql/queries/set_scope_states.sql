-- How rules on shares and budgets now stand.
INSERT INTO scope_states (rule, scope, period, state, since, last_ts, alert_id, detail)
SELECT * FROM unnest(%(rules)s::text[], %(scopes)s::text[], %(periods)s::text[], %(states)s::text[],
                     %(since)s::timestamptz[], %(last)s::timestamptz[], %(alert_ids)s::bigint[], %(details)s::jsonb[])
ON CONFLICT (rule, scope, period) DO UPDATE
SET state = excluded.state, since = excluded.since, last_ts = excluded.last_ts, alert_id = excluded.alert_id,
    detail = excluded.detail
