-- Something to be told on a channel, for each alert.
INSERT INTO outbox (channel, alert_id, payload, due_at)
SELECT %(channel)s::text, t.alert_id, t.payload, %(now)s::timestamptz
FROM unnest(%(alert_ids)s::bigint[], %(payloads)s::jsonb[]) WITH ORDINALITY AS t (alert_id, payload, n) ORDER BY t.n
