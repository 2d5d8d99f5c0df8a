-- The closed months in [from, to), with what they were closed on.
SELECT month, instruments, gaps FROM period_closings
WHERE month >= %(from_month)s::date AND month < %(to_month)s::date
ORDER BY month
