-- Readings of a point in a range, as evidence.
SELECT (extract(epoch FROM ts) * 1000000)::bigint AS ts_us, value, flag::text
FROM readings
WHERE point_id = %(point_id)s::int AND ts >= %(first)s::timestamptz AND ts < %(until)s::timestamptz
ORDER BY ts LIMIT %(limit)s::int
