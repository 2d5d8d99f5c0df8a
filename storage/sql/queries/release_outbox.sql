-- Claimed but not tried: due again, the attempt not counted.
UPDATE outbox SET due_at = %(due_at)s::timestamptz, attempts = attempts - 1 WHERE id = ANY (%(ids)s::bigint[])
