-- The name of an enterprise that is the caller's to see.
SELECT name FROM visible.enterprises WHERE code = %(code)s::text
