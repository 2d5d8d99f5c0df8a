-- Firing alerts that nobody has taken note of, made before a time, for which this step was not taken.
SELECT a.id AS alert_id, 'firing' AS state, '{}'::text[] AS channels, a.opened_at AS event_at,
       jsonb_strip_nulls(jsonb_build_object(
           'rule', a.rule, 'kind', a.kind, 'severity', a.severity, 'statistic', a.statistic, 'verified', a.verified::text,
           'point', coalesce(e.code || '/' || p.code, a.scope),
           'enterprise', coalesce(e.code, substring(a.scope from '^enterprise:(.*)$')),
           'park', coalesce(k.code, substring(a.scope from '^park:(.*)$')),
           'industry', e.industry, 'quantity', p.quantity, 'medium', p.medium, 'role', p.role)) AS labels
FROM alerts a
LEFT JOIN points p ON p.id = a.point_id
LEFT JOIN enterprises e ON e.id = p.enterprise_id
LEFT JOIN parks k ON k.id = e.park_id
WHERE a.state IN ('firing', 'recovering') AND a.acknowledged_by IS NULL AND a.created_at <= %(since)s::timestamptz
  AND NOT EXISTS (SELECT FROM escalations s WHERE s.alert_id = a.id AND s.step = %(step)s::int)
ORDER BY a.id LIMIT %(limit)s::int
