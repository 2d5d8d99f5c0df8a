-- A shipped version of a rule; a version that exists is never edited.
INSERT INTO accounting_rules (code, version, subject, name, body, is_default)
VALUES (%(code)s::text, %(version)s::int, %(subject)s::text, %(name)s::text, %(body)s::jsonb, %(is_default)s::boolean)
ON CONFLICT (code, version) DO NOTHING
