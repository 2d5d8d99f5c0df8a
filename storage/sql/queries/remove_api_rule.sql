-- Remove a rule that was made by API.
DELETE FROM rules WHERE code = %(code)s::text AND source = 'api'
