-- The caller's enterprises, by code.
SELECT code, name, park, industry, retired_at FROM visible.enterprises
WHERE (%(after)s::text IS NULL OR code > %(after)s::text)
ORDER BY code LIMIT %(limit)s::int
