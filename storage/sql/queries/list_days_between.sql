-- Local days of these points in a range: the mean of their valid hours; valid from 20 of them on.
SELECT point_id, (extract(epoch FROM start) * 1000000)::bigint AS start_us, mean, n, n_valid, covered_s, hours >= 20 AS valid, series
FROM (
    SELECT f.point_id, f.series, date_trunc('day', f.hour, %(timezone)s::text) AS start, avg(f.mean) FILTER (WHERE f.valid) AS mean,
           sum(f.n)::bigint AS n, sum(f.n_valid)::bigint AS n_valid, sum(f.covered_s) AS covered_s,
           count(f.mean) FILTER (WHERE f.valid) AS hours
    FROM (
        SELECT point_id, '' AS series, hour, mean, n, n_valid, covered_s, valid FROM hourly_facts
        UNION ALL
        SELECT point_id, series, hour, mean, n, n_valid, covered_s, valid FROM converted_hours
    ) f
    WHERE f.point_id = ANY (%(point_ids)s::int[])
      AND f.hour >= %(first)s::timestamptz AND f.hour < %(until)s::timestamptz
    GROUP BY f.point_id, f.series, start
) days
ORDER BY point_id, series, start
