-- Who was told of an alert: what was put out, and when it was taken.
SELECT channel, payload ->> 'state' AS state, payload ->> 'text' AS text, created_at, delivered_at, attempts, last_error
FROM outbox WHERE alert_id = %(alert_id)s::bigint ORDER BY id
