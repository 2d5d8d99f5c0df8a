-- Keep an alert's evidence as it stands, with its hash.
INSERT INTO evidence_seals (alert_id, sealed_at, sha256, body, stands)
SELECT a.id, %(now)s::timestamptz, %(sha256)s::text, %(body)s::text, %(stands)s::text
FROM alerts a WHERE a.id = %(alert_id)s::bigint
