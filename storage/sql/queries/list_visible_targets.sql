-- Targets, by code.
SELECT code, name, metric, scope, year, value::float8 AS value, unit, source FROM visible.targets
WHERE (%(after)s::text IS NULL OR code > %(after)s::text)
ORDER BY code LIMIT %(limit)s::int
