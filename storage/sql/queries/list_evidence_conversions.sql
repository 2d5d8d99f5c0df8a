-- Hours of a point in [first, until) as rules want them: each conversion with its factors and inputs.
SELECT hour, series, mean, n, n_valid, covered_s, valid, conversion FROM converted_hours
WHERE point_id = %(point_id)s::int AND hour >= %(first)s::timestamptz AND hour < %(until)s::timestamptz
ORDER BY hour, series
