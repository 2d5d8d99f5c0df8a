-- All readings of a point by time, for a comparison with what was sent.
SELECT (extract(epoch FROM ts) * 1000000)::bigint AS ts_us, value, flag::text
FROM readings
WHERE point_id = %(point_id)s::int
ORDER BY ts
