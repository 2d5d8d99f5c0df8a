-- On Citus: keep what a correction replaces, with its arrival time.
INSERT INTO reading_revisions (point_id, ts, value, flag, received_at, superseded_at)
SELECT r.point_id, r.ts, r.value, r.flag, r.received_at, %(now)s::timestamptz
FROM incoming i
JOIN readings r ON r.point_id = i.point_id AND r.ts = i.ts
WHERE r.ts BETWEEN %(first)s::timestamptz AND %(last)s::timestamptz
