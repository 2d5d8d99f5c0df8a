-- Alerts of which a channel is to be told something.
INSERT INTO notifications (channel, alert_id, group_key, pending)
SELECT t.channel, t.alert_id, t.key, true
FROM unnest(%(channels)s::text[], %(alert_ids)s::bigint[], %(keys)s::text[]) AS t (channel, alert_id, key)
ON CONFLICT (channel, alert_id) DO UPDATE SET group_key = excluded.group_key, pending = true
