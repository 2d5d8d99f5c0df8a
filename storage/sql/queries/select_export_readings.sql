-- Readings of points in [from, to) by point and time, to be written to a file.
SELECT point_id, ts, value, flag FROM visible.readings
WHERE point_id = ANY(%(points)s::int[]) AND ts >= %(from)s::timestamptz AND ts < %(to)s::timestamptz
ORDER BY point_id, ts
