-- The meters of the caller, with what they declare of themselves, by address.
SELECT address, enterprise, code, name, medium, role, kind, unit, attributes FROM visible.points
WHERE retired_at IS NULL AND kind IN ('counter', 'interval') AND role <> 'production'
  AND (%(enterprise)s::text IS NULL OR enterprise = %(enterprise)s::text)
  AND (%(after)s::text IS NULL OR address > %(after)s::text)
ORDER BY address LIMIT %(limit)s::int
