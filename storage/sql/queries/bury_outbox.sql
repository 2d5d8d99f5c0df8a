-- Given up: a dead letter with its last error.
UPDATE outbox SET dead_at = %(now)s::timestamptz, last_error = %(error)s::text WHERE id = ANY (%(ids)s::bigint[])
