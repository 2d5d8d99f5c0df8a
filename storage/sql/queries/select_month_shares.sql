-- The shares of a month, of every scope.
SELECT scope, policy_share, physical_share, consumption_kwh, coverage
FROM green_power
WHERE grain = 'month' AND starts_at = %(starts_at)s::timestamptz AND rule = %(rule)s::text
