-- All tokens without their secrets, oldest first.
SELECT t.id, t.kind, t.role, e.code AS enterprise, t.name, t.created_at, t.expires_at, t.revoked_at, t.used_at
FROM tokens t LEFT JOIN enterprises e ON e.id = t.enterprise_id
ORDER BY t.id
