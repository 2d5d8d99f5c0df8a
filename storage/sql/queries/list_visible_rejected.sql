-- Refused readings with the bytes they came in, received in [from, to), in the order of refusal.
SELECT id, enterprise, gateway, received_at, topic, reason, detail, point, ts, payload FROM visible.rejected
WHERE (%(enterprise)s::text IS NULL OR enterprise = %(enterprise)s::text)
  AND (%(reason)s::text IS NULL OR reason = %(reason)s::text)
  AND (%(from)s::timestamptz IS NULL OR received_at >= %(from)s::timestamptz)
  AND (%(to)s::timestamptz IS NULL OR received_at < %(to)s::timestamptz)
  AND (%(after_ts)s::timestamptz IS NULL OR (received_at, id) > (%(after_ts)s::timestamptz, %(after_id)s::bigint))
ORDER BY received_at, id LIMIT %(limit)s::int
