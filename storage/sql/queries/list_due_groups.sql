-- The groups that are due, the longest waiting first.
SELECT channel, key, labels, sent_at FROM notification_groups
WHERE due_at <= %(now)s::timestamptz ORDER BY due_at, channel, key LIMIT 500
