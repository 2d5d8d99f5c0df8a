-- The groups that are due, the longest waiting first; of channels that are full a few, behind all others.
(SELECT channel, key, labels, sent_at FROM notification_groups
 WHERE due_at <= %(now)s::timestamptz AND channel <> ALL (%(full)s::text[]) ORDER BY due_at, channel, key LIMIT 500)
UNION ALL
(SELECT channel, key, labels, sent_at FROM notification_groups
 WHERE due_at <= %(now)s::timestamptz AND channel = ANY (%(full)s::text[]) ORDER BY due_at, channel, key LIMIT 50)
