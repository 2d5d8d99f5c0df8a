-- Hourly facts of points in [from, to) by point and hour, to be written to a file.
SELECT point_id, hour, n, n_valid, mean, min, max, first, last, delta, covered_s, valid FROM visible.hourly_facts
WHERE point_id = ANY(%(points)s::int[]) AND hour >= %(from)s::timestamptz AND hour < %(to)s::timestamptz
ORDER BY point_id, hour
