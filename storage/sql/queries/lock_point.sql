-- A point by its address; its epochs are declared one at a time.
SELECT p.id, p.kind FROM points p JOIN enterprises e ON e.id = p.enterprise_id
WHERE e.code || '/' || p.code = %(address)s::text FOR NO KEY UPDATE OF p
