-- When these groups last sent something, and since when something waits in them.
SELECT g.channel, g.key, g.first_at, g.due_at, g.sent_at
FROM unnest(%(channels)s::text[], %(keys)s::text[]) AS t (channel, key)
JOIN notification_groups g ON g.channel = t.channel AND g.key = t.key
