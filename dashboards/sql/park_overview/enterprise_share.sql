-- The newest month's share, a series for each enterprise.
SELECT DISTINCT ON (e.code) g.starts_at AS time, e.name AS metric, g.policy_share AS share
FROM visible.green_power g JOIN visible.enterprises e ON g.scope = 'enterprise:' || e.code
WHERE g.grain = 'month' AND g.rule = ${green_rule:sqlstring} AND g.starts_at <= $__timeTo()
  AND (${scope:sqlstring} = 'city' OR 'park:' || e.park = ${scope:sqlstring})
ORDER BY e.code, g.starts_at DESC
