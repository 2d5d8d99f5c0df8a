-- Groups in which something waits.
INSERT INTO notification_groups (channel, key, labels, first_at, due_at)
SELECT * FROM unnest(%(channels)s::text[], %(keys)s::text[], %(labels)s::jsonb[], %(first)s::timestamptz[], %(due)s::timestamptz[])
ON CONFLICT (channel, key) DO UPDATE SET first_at = excluded.first_at, due_at = excluded.due_at
