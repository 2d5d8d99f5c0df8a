-- Imports the caller may see, oldest first; one of them by id.
SELECT id, kind, enterprise, filename, state, created_at, started_at, finished_at, result FROM visible.imports
WHERE (%(id)s::bigint IS NULL OR id = %(id)s::bigint)
  AND (%(after)s::bigint IS NULL OR id > %(after)s::bigint)
ORDER BY id LIMIT %(limit)s::int
