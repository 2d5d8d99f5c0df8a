-- Take what is due on a channel for a while; what is not delivered by then becomes due again.
UPDATE outbox SET attempts = attempts + 1, due_at = %(leased_until)s::timestamptz
WHERE id IN (
    SELECT id FROM outbox
    WHERE channel = %(channel)s::text AND delivered_at IS NULL AND dead_at IS NULL AND due_at <= %(now)s::timestamptz
    ORDER BY id LIMIT %(limit)s::int FOR UPDATE SKIP LOCKED
)
RETURNING id, payload, attempts, created_at
