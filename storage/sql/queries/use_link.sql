-- Use up a one-time link, if it is still good.
UPDATE tokens t SET used_at = now()
WHERE t.sha256 = %(sha256)s::bytea AND t.kind = 'link'
  AND t.used_at IS NULL AND t.revoked_at IS NULL AND t.expires_at > now()
RETURNING t.id, t.role, (SELECT e.code FROM enterprises e WHERE e.id = t.enterprise_id) AS enterprise, t.enterprise_id
