-- Valid readings of a point in [from, to), in order.
SELECT (extract(epoch FROM r.ts) * 1000000)::bigint AS ts_us, r.value
FROM visible.readings r JOIN visible.points p ON p.id = r.point_id
WHERE r.point_id = %(point_id)s::int AND r.ts >= %(from)s::timestamptz AND r.ts < %(to)s::timestamptz AND r.flag = 'N'
  AND r.value BETWEEN coalesce(p.plausible_low, '-infinity') AND coalesce(p.plausible_high, 'infinity')
ORDER BY r.ts
