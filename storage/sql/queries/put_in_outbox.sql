-- Something to be told, for each channel.
INSERT INTO outbox (channel, alert_id, payload, due_at)
SELECT channel, %(alert_id)s::bigint, %(payload)s::jsonb, %(now)s::timestamptz
FROM unnest(%(channels)s::text[]) AS channel
