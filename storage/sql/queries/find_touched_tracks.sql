-- The tracks of these points that are not inactive, and their alerts that overlap a range; spans in microseconds.
SELECT rule, point_id, 0::bigint AS opened_us, NULL::bigint AS resolved_us
FROM alert_states
WHERE point_id = ANY (%(point_ids)s::int[]) AND state <> 'inactive'
UNION ALL
SELECT rule, point_id, (extract(epoch FROM opened_at) * 1000000)::bigint,
       (extract(epoch FROM resolved_at) * 1000000)::bigint
FROM alerts
WHERE point_id = ANY (%(point_ids)s::int[]) AND opened_at <= %(last)s::timestamptz
  AND coalesce(resolved_at, 'infinity') >= %(first)s::timestamptz AND state <> 'withdrawn'
