-- Points that the caller sees, all or those of an enterprise or of one address.
SELECT id, address, kind FROM visible.points
WHERE (%(enterprise)s::text IS NULL OR enterprise = %(enterprise)s::text)
  AND (%(address)s::text IS NULL OR address = %(address)s::text)
ORDER BY address
