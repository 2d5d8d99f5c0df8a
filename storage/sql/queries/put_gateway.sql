-- Note a gateway's login, in the place of an earlier one.
INSERT INTO gateways (enterprise_id, code, username)
SELECT id, %(code)s::text, %(username)s::text FROM enterprises WHERE code = %(enterprise)s::text
ON CONFLICT (enterprise_id, code) DO UPDATE SET username = excluded.username, created_at = now()
