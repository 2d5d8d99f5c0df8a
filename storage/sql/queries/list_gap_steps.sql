-- Energy across gaps that is in no hour, of steps that touch a time.
SELECT point_id, from_ts, to_ts, amount FROM meter_steps
WHERE NOT in_hours AND amount IS NOT NULL AND to_ts > %(from_ts)s::timestamptz AND from_ts < %(to_ts)s::timestamptz
ORDER BY point_id, from_ts
