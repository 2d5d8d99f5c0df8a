-- Be the one that tells of a day on a channel; no row where it, or a later day, was told. Waits for others who try.
INSERT INTO told_digests (enterprise_id, channel, day, told_at)
VALUES (%(enterprise_id)s::int, %(channel)s::text, %(day)s::date, %(now)s::timestamptz)
ON CONFLICT (enterprise_id, channel) DO UPDATE SET day = excluded.day, told_at = excluded.told_at
WHERE told_digests.day < excluded.day
RETURNING channel
