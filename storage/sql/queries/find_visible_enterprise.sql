-- Whether an enterprise is the caller's to see.
SELECT code FROM visible.enterprises WHERE code = %(code)s::text
