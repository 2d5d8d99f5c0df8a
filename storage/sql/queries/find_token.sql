-- Who holds a living bearer or session token.
SELECT t.id, t.role, e.code AS enterprise, t.enterprise_id
FROM tokens t LEFT JOIN enterprises e ON e.id = t.enterprise_id
WHERE t.sha256 = %(sha256)s::bytea AND t.kind IN ('bearer', 'session')
  AND t.revoked_at IS NULL AND t.expires_at > now()
