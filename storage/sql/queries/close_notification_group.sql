-- A group was looked at: when it is due again, and that it sent something.
UPDATE notification_groups
SET due_at = %(due_at)s::timestamptz, sent_at = coalesce(%(sent_at)s::timestamptz, sent_at)
WHERE channel = %(channel)s::text AND key = %(key)s::text
