-- The code of an enterprise by its key.
SELECT code FROM enterprises WHERE id = %(enterprise_id)s::int
