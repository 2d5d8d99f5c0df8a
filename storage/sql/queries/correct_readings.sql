-- Replace the value of an instant by the one that came in. ON CONFLICT finds each by its key, whatever statistics say.
INSERT INTO readings (point_id, ts, value, flag, received_at)
SELECT point_id, ts, value, flag, %(received_at)s::timestamptz FROM incoming
ON CONFLICT (point_id, ts) DO UPDATE
SET value = excluded.value, flag = excluded.flag, received_at = excluded.received_at
