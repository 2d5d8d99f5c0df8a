-- The silences in force.
SELECT id, matchers, from_ts, to_ts FROM silences
WHERE from_ts <= %(now)s::timestamptz AND to_ts > %(now)s::timestamptz AND ended_at IS NULL ORDER BY id
