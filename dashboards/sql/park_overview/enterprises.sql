-- The newest month of every enterprise: share, bounds, coverage.
SELECT DISTINCT ON (e.code) e.code AS enterprise, e.name, g.consumption_kwh, g.policy_share, g.share_low, g.share_high, g.coverage
FROM visible.green_power g JOIN visible.enterprises e ON g.scope = 'enterprise:' || e.code
WHERE g.grain = 'month' AND g.rule = ${green_rule:sqlstring} AND g.starts_at <= $__timeTo()
  AND (${scope:sqlstring} = 'city' OR 'park:' || e.park = ${scope:sqlstring})
ORDER BY e.code, g.starts_at DESC
