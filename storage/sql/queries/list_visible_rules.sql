-- The rules of the watch, by code.
SELECT code, kind, statistic, severity, body, nullif(valid_from, '-infinity') AS valid_from, enabled, source FROM visible.rules
WHERE (%(after)s::text IS NULL OR code > %(after)s::text)
ORDER BY code LIMIT %(limit)s::int
