-- Steps of counters that no rule explains: missing energy, to be reviewed.
SELECT s.from_ts AS "从", s.to_ts AS "到", s.address AS "点位", s.from_register AS "前示数", s.to_register AS "后示数", s.rule AS "判定规则"
FROM visible.meter_steps s JOIN visible.points p ON p.id = s.point_id
WHERE $__timeFilter(s.from_ts) AND s.kind = 'unexplained' AND p.enterprise = ANY(ARRAY[${enterprise:sqlstring}]::text[])
ORDER BY s.from_ts DESC LIMIT 200
