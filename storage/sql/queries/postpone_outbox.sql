-- Not delivered: why, and when to try again.
UPDATE outbox SET due_at = %(due_at)s::timestamptz, last_error = %(error)s::text WHERE id = ANY (%(ids)s::bigint[])
