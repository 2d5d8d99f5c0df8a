-- The marks in force at these points that overlap a range.
SELECT m.point_id, m.kind, (extract(epoch FROM m.from_ts) * 1000000)::bigint AS from_us,
       (extract(epoch FROM m.to_ts) * 1000000)::bigint AS to_us, m.automatic
FROM marks_of_points m
WHERE m.state = 'in_force' AND m.to_ts > %(first)s::timestamptz AND m.from_ts <= %(last)s::timestamptz
  AND m.point_id = ANY (%(point_ids)s::int[])
ORDER BY m.point_id, m.from_ts, m.id
