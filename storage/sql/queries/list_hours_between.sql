-- The hours of these points as reported and on the terms of rules, in a range of hours.
SELECT f.point_id, (extract(epoch FROM f.hour) * 1000000)::bigint AS start_us, f.mean, f.n, f.n_valid, f.covered_s, f.valid,
       f.series, f.lost
FROM (
    SELECT point_id, '' AS series, hour, mean, n, n_valid, covered_s, valid, NULL AS lost FROM hourly_facts
    UNION ALL
    SELECT point_id, series, hour, mean, n, n_valid, covered_s, valid,
           (SELECT key FROM jsonb_each(conversion -> 'lost_minutes') ORDER BY value DESC, key LIMIT 1)
    FROM converted_hours
) f
WHERE f.point_id = ANY (%(point_ids)s::int[]) AND f.hour >= %(first)s::timestamptz AND f.hour < %(until)s::timestamptz
ORDER BY f.point_id, f.series, f.hour
