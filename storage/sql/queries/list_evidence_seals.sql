-- The seals of an alert, oldest first.
SELECT id, sealed_at, sha256, body FROM evidence_seals WHERE alert_id = %(alert_id)s::bigint ORDER BY id
