-- The hourly facts of these points in a range of hours.
SELECT f.point_id, (extract(epoch FROM f.hour) * 1000000)::bigint AS start_us, f.mean, f.n, f.n_valid, f.covered_s, f.valid
FROM hourly_facts f
WHERE f.point_id = ANY (%(point_ids)s::int[]) AND f.hour >= %(first)s::timestamptz AND f.hour < %(until)s::timestamptz
ORDER BY f.point_id, f.hour
