-- Delivered.
UPDATE outbox SET delivered_at = %(now)s::timestamptz, last_error = NULL WHERE id = ANY (%(ids)s::bigint[])
