-- Hourly facts of a point in [from, to), ascending.
SELECT hour, n, n_valid, mean, min, max, first, last, delta, covered_s, valid, computed_at FROM visible.hourly_facts
WHERE point_id = %(point_id)s::int AND hour >= %(from)s::timestamptz AND hour < %(to)s::timestamptz
ORDER BY hour LIMIT %(limit)s::int
