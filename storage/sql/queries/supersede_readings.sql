-- Keep what a correction replaces, with its arrival time. OFFSET 0 as in find_existing_readings.
INSERT INTO reading_revisions (point_id, ts, value, flag, received_at, superseded_at)
SELECT r.point_id, r.ts, r.value, r.flag, r.received_at, %(now)s::timestamptz
FROM incoming i CROSS JOIN LATERAL (
    SELECT * FROM readings
    WHERE point_id = i.point_id AND ts = i.ts AND ts BETWEEN %(first)s::timestamptz AND %(last)s::timestamptz
    OFFSET 0) r
