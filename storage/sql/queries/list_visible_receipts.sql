-- Receipts of the caller's messages, in the order of commit.
SELECT id, committed_at, enterprise, gateway, message_id, sha256, body FROM visible.receipts
WHERE (%(enterprise)s::text IS NULL OR enterprise = %(enterprise)s::text)
  AND (%(gateway)s::text IS NULL OR gateway = %(gateway)s::text)
  AND (%(message_id)s::text IS NULL OR message_id = %(message_id)s::text)
  AND (%(sha256)s::text IS NULL OR sha256 = %(sha256)s::text)
  AND (%(from)s::timestamptz IS NULL OR committed_at >= %(from)s::timestamptz)
  AND (%(to)s::timestamptz IS NULL OR committed_at < %(to)s::timestamptz)
  AND (%(after)s::bigint IS NULL OR id > %(after)s::bigint)
ORDER BY id LIMIT %(limit)s::int
