-- Whether a group is due.
SELECT EXISTS (SELECT FROM notification_groups WHERE due_at <= %(now)s::timestamptz)
