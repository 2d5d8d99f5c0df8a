-- The state of these tracks.
SELECT s.rule, s.point_id, s.state, (extract(epoch FROM s.since) * 1000000)::bigint AS since_us,
       (extract(epoch FROM s.last_ts) * 1000000)::bigint AS last_us, s.alert_id, s.detail
FROM unnest(%(rules)s::text[], %(point_ids)s::int[]) AS t (rule, point_id)
JOIN alert_states s ON s.rule = t.rule AND s.point_id = t.point_id
