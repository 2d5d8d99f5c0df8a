-- Take a point out of use; its history stays.
UPDATE points SET retired_at = now()
WHERE enterprise_id = %(enterprise_id)s::int AND code = %(code)s::text AND retired_at IS NULL
