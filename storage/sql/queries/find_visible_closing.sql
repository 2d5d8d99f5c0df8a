-- When a month was closed.
SELECT closed_at FROM visible.period_closings WHERE month = %(month)s::date
