-- Readings of a point in [first, until), the first ones.
SELECT ts, value, flag::text AS flag, received_at FROM readings
WHERE point_id = %(point_id)s::int AND ts >= %(first)s::timestamptz AND ts < %(until)s::timestamptz
ORDER BY ts LIMIT %(limit)s::int
