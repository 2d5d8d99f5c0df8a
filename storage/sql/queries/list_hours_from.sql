-- The first hourly facts of each point from an hour on, of hours that have ended, in order.
SELECT w.point_id, (extract(epoch FROM f.hour) * 1000000)::bigint AS hour_us, f.mean, f.n, f.n_valid, f.covered_s, f.valid
FROM unnest(%(point_ids)s::int[], %(since)s::timestamptz[]) AS w (point_id, since)
CROSS JOIN LATERAL (
    SELECT * FROM hourly_facts
    WHERE point_id = w.point_id AND hour >= w.since AND hour < %(until)s::timestamptz
    ORDER BY hour LIMIT %(limit)s::int
) f
ORDER BY w.point_id, f.hour
