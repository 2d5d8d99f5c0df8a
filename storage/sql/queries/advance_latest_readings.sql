-- The newest reading of each point; it only moves forward.
INSERT INTO latest_readings (point_id, ts, value, flag, received_at)
SELECT point_id, ts, value, flag, %(now)s::timestamptz
FROM unnest(%(point_ids)s::int[], %(ts)s::timestamptz[], %(values)s::float8[], %(flags)s::"char"[])
     AS new (point_id, ts, value, flag)
ON CONFLICT (point_id) DO UPDATE
SET ts = excluded.ts, value = excluded.value, flag = excluded.flag, received_at = excluded.received_at,
    changed_in = pg_current_xact_id()
WHERE excluded.ts >= latest_readings.ts
