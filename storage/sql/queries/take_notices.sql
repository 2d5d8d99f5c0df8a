-- Take the oldest notices, with the labels of their alerts.
WITH taken AS (
    DELETE FROM notices WHERE id IN (SELECT id FROM notices ORDER BY id LIMIT %(limit)s::int) RETURNING *
)
SELECT t.alert_id, t.state, t.channels, greatest(t.event_at, a.last_at) AS event_at,
       jsonb_strip_nulls(jsonb_build_object(
           'rule', a.rule, 'kind', a.kind, 'severity', a.severity, 'statistic', a.statistic, 'verified', a.verified::text,
           'point', coalesce(e.code || '/' || p.code, a.scope),
           'enterprise', coalesce(e.code, substring(a.scope from '^enterprise:(.*)$')),
           'park', coalesce(k.code, substring(a.scope from '^park:(.*)$')),
           'industry', e.industry, 'quantity', p.quantity, 'medium', p.medium, 'role', p.role)) AS labels
FROM taken t
JOIN alerts a ON a.id = t.alert_id
LEFT JOIN points p ON p.id = a.point_id
LEFT JOIN enterprises e ON e.id = p.enterprise_id
LEFT JOIN parks k ON k.id = e.park_id
ORDER BY t.id
