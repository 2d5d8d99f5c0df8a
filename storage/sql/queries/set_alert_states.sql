-- The state of tracks as they now stand.
INSERT INTO alert_states (rule, point_id, state, since, last_ts, alert_id, detail)
SELECT * FROM unnest(%(rules)s::text[], %(point_ids)s::int[], %(states)s::text[], %(since)s::timestamptz[],
                     %(last)s::timestamptz[], %(alert_ids)s::bigint[], %(details)s::jsonb[])
ON CONFLICT (rule, point_id) DO UPDATE
SET state = excluded.state, since = excluded.since, last_ts = excluded.last_ts, alert_id = excluded.alert_id,
    detail = excluded.detail
