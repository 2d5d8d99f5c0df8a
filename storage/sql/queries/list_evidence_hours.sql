-- Hourly facts of a point in [first, until).
SELECT hour, n, n_valid, mean, min, max, covered_s, valid FROM hourly_facts
WHERE point_id = %(point_id)s::int AND hour >= %(first)s::timestamptz AND hour < %(until)s::timestamptz ORDER BY hour
