-- Months that have accounts, newest first, with their closing and the restatement that waits.
WITH months AS (
    SELECT DISTINCT (starts_at AT TIME ZONE %(timezone)s::text)::date AS month
    FROM visible.green_power WHERE scope = 'city' AND grain = 'month'
    UNION
    SELECT month FROM visible.period_closings
)
SELECT to_char(m.month, 'YYYY-MM') AS period, CASE WHEN c.month IS NULL THEN 'open' ELSE 'closed' END AS state,
       c.closed_at, c.closed_by, c.comment, r.state AS restatement, r.found_at, r.changed_rows
FROM months m
LEFT JOIN visible.period_closings c USING (month)
LEFT JOIN visible.restatements r ON r.month = m.month AND r.state <> 'applied'
WHERE (%(month)s::date IS NULL OR m.month = %(month)s::date)
  AND (%(before)s::text IS NULL OR to_char(m.month, 'YYYY-MM') < %(before)s::text)
ORDER BY m.month DESC LIMIT %(limit)s::int
