-- When these points were last heard, by the stamp of their newest reading.
SELECT point_id, (extract(epoch FROM ts) * 1000000)::bigint AS ts_us
FROM latest_readings WHERE point_id = ANY (%(point_ids)s::int[]) ORDER BY point_id
