-- The key of an enterprise by its code.
SELECT id FROM enterprises WHERE code = %(code)s::text
