-- The alerts of these tracks that had not ended before a stamp, in order.
SELECT a.id, a.rule, a.point_id, a.state, (extract(epoch FROM a.opened_at) * 1000000)::bigint AS opened_us,
       (extract(epoch FROM a.resolved_at) * 1000000)::bigint AS resolved_us,
       (extract(epoch FROM a.last_at) * 1000000)::bigint AS last_us, a.value, a.late, a.no_data
FROM unnest(%(rules)s::text[], %(point_ids)s::int[], %(since)s::timestamptz[]) AS t (rule, point_id, since)
JOIN alerts a ON a.rule = t.rule AND a.point_id = t.point_id AND coalesce(a.resolved_at, 'infinity') >= t.since
ORDER BY a.rule, a.point_id, a.opened_at
