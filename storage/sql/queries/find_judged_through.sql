-- The start of the last period whose end was judged, in microseconds.
SELECT (extract(epoch FROM through) * 1000000)::bigint FROM judged_periods WHERE statistic = %(statistic)s::text
