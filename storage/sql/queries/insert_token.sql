-- Store a token by its sha256.
INSERT INTO tokens (sha256, kind, role, enterprise_id, name, expires_at)
SELECT %(sha256)s::bytea, %(kind)s::text, %(role)s::text, %(enterprise_id)s::int, %(name)s::text, now() + %(lifetime)s::interval
WHERE %(sha256)s::bytea IS NOT NULL
