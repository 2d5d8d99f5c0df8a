-- Enterprises that have a database role of their own.
SELECT enterprise_id FROM role_scopes
WHERE enterprise_id IS NOT NULL AND role_name = 'parkwatch_enterprise_' || enterprise_id
ORDER BY enterprise_id
