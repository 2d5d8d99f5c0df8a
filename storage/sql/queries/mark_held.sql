-- Why a channel was not told of these alerts, and whether it still is to be.
UPDATE notifications n SET held = t.reason, pending = t.pending
FROM unnest(%(alert_ids)s::bigint[], %(reasons)s::text[], %(pending)s::boolean[]) AS t (alert_id, reason, pending)
WHERE n.channel = %(channel)s::text AND n.alert_id = t.alert_id
