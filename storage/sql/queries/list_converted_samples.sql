-- Hourly means of a series of a point in a range, as evidence, each at the end of its hour.
SELECT (extract(epoch FROM hour) * 1000000)::bigint + 3600000000 AS ts_us, mean, CASE WHEN valid THEN 'V' ELSE 'I' END AS flag
FROM converted_hours
WHERE point_id = %(point_id)s::int AND series = %(series)s::text AND hour >= %(first)s::timestamptz
  AND hour < %(until)s::timestamptz AND mean IS NOT NULL
ORDER BY hour LIMIT %(limit)s::int
