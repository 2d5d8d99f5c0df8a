-- One import as it stands.
SELECT id, kind, enterprise, filename, state, created_at, started_at, finished_at, result
FROM imports WHERE id = %(id)s::bigint
