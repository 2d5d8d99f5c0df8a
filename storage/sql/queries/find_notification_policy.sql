-- How notifications are grouped, muted and escalated.
SELECT body FROM notification_policy
