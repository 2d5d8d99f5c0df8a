-- Every reading of a point in [from, to), ascending.
SELECT ts, value, flag::text AS flag FROM visible.readings
WHERE point_id = %(point_id)s::int AND ts >= %(from)s::timestamptz AND ts < %(to)s::timestamptz
ORDER BY ts LIMIT %(limit)s::int
