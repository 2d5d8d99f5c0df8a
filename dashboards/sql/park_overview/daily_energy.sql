-- Electricity of every local day by role, in kWh; an unmeasured hour adds nothing and is counted in coverage.
SELECT date_trunc('day', f.hour, 'Asia/Shanghai') AS time, p.role AS metric, sum(f.delta) AS kwh
FROM visible.hourly_facts f JOIN visible.points p ON p.id = f.point_id
WHERE $__timeFilter(f.hour) AND p.medium = 'electricity' AND p.role <> 'submeter' AND p.unit = 'kWh'
  AND (${scope:sqlstring} = 'city' OR 'park:' || p.park = ${scope:sqlstring})
GROUP BY 1, 2 ORDER BY 1, 2
