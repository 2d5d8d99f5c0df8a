-- End a token now.
UPDATE tokens SET revoked_at = now() WHERE id = %(id)s::bigint AND revoked_at IS NULL
