-- Messages with refused readings, oldest first, with their reasons; without the bytes.
SELECT p.id, p.received_at, p.enterprise, p.gateway, p.topic, length(p.payload) AS bytes, p.replayed_at,
       array_agg(DISTINCT r.reason ORDER BY r.reason) AS reasons, count(*) AS rejected
FROM rejected_payloads p JOIN rejected_readings r ON r.payload_id = p.id
WHERE (%(ids)s::bigint[] IS NULL OR p.id = ANY (%(ids)s::bigint[]))
  AND (%(enterprise)s::text IS NULL OR p.enterprise = %(enterprise)s::text)
  AND (%(reason)s::text IS NULL OR EXISTS (SELECT FROM rejected_readings x WHERE x.payload_id = p.id AND x.reason = %(reason)s::text))
  AND (%(from)s::timestamptz IS NULL OR p.received_at >= %(from)s::timestamptz)
  AND (%(to)s::timestamptz IS NULL OR p.received_at < %(to)s::timestamptz)
  AND (%(replayed)s::boolean IS NULL OR (p.replayed_at IS NOT NULL) = %(replayed)s::boolean)
GROUP BY p.id ORDER BY p.id LIMIT %(limit)s::bigint
