-- Values of a point in [first, until) that were corrected later.
SELECT ts, value, flag::text AS flag, received_at, superseded_at FROM reading_revisions
WHERE point_id = %(point_id)s::int AND ts >= %(first)s::timestamptz AND ts < %(until)s::timestamptz
ORDER BY ts, superseded_at, value LIMIT %(limit)s::int
