-- Write down how far an import is.
UPDATE imports
SET state = %(state)s::text, result = %(result)s::jsonb, started_at = coalesce(started_at, now()),
    finished_at = CASE WHEN %(state)s::text IN ('done', 'failed') THEN now() END
WHERE id = %(id)s::bigint
