-- What a channel was told of these alerts.
UPDATE notifications n SET told_state = t.state, told_at = %(now)s::timestamptz, pending = false, held = NULL
FROM unnest(%(alert_ids)s::bigint[], %(states)s::text[]) AS t (alert_id, state)
WHERE n.channel = %(channel)s::text AND n.alert_id = t.alert_id
