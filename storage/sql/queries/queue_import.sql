-- Queue a table for import; ingest executes it.
INSERT INTO imports (kind, enterprise, filename, mapping, content)
SELECT %(kind)s::text, %(enterprise)s::text, %(filename)s::text, %(mapping)s::jsonb, %(content)s::bytea
WHERE %(content)s::bytea IS NOT NULL
RETURNING id
