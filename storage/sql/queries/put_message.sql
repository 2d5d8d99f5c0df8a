-- A message that tells of alerts, once for its key.
WITH message AS (
    INSERT INTO outbox (channel, dedupe_key, payload, due_at)
    SELECT %(channel)s::text, %(dedupe_key)s::text, %(payload)s::jsonb, %(now)s::timestamptz
    ON CONFLICT (channel, dedupe_key) WHERE dedupe_key IS NOT NULL DO NOTHING
    RETURNING id
)
INSERT INTO outbox_alerts (message_id, alert_id, state)
SELECT m.id, t.alert_id, t.state
FROM message m, unnest(%(alert_ids)s::bigint[], %(states)s::text[]) AS t (alert_id, state)
