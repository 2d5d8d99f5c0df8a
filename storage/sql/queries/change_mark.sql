-- Change the state of a mark, where it is in one of the states that allow it.
UPDATE marks SET state = %(state)s::text,
    accepted_at = CASE WHEN %(state)s::text = 'in_force' THEN %(now)s::timestamptz ELSE accepted_at END
WHERE id = %(id)s::bigint AND state = ANY (%(allowed)s::text[])
RETURNING id
