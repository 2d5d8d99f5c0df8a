-- One row of the accounts that differs.
INSERT INTO restatement_lines (restatement_id, subject, scope, grain, rule, old, new)
VALUES (%(restatement_id)s::bigint, %(subject)s::text, %(scope)s::text, %(grain)s::text, %(rule)s::text,
        %(old)s::jsonb, %(new)s::jsonb)
