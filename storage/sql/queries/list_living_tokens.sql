-- Those of some tokens that are neither expired nor revoked.
SELECT id FROM tokens WHERE id = ANY (%(ids)s::bigint[]) AND revoked_at IS NULL AND expires_at > now()
