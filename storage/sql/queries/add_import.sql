-- Queue a file for import; its number.
INSERT INTO imports (kind, enterprise, filename, mapping, content)
VALUES (%(kind)s::text, %(enterprise)s::text, %(filename)s::text, %(mapping)s::jsonb, %(content)s::bytea)
RETURNING id
