-- The first reading of [from, to).
SELECT min(ts) FROM readings WHERE ts >= %(from)s::timestamptz AND ts < %(to)s::timestamptz
