-- Valid hourly means of points in a range, by point and hour.
SELECT point_id, (extract(epoch FROM hour) * 1000000)::bigint AS hour_us, mean
FROM visible.hourly_facts
WHERE point_id = ANY (%(point_ids)s::int[]) AND hour >= %(first)s::timestamptz AND hour < %(until)s::timestamptz
  AND valid AND mean IS NOT NULL
ORDER BY point_id, hour
