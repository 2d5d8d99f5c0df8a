-- Electricity of every local day by role, in kWh; an unmeasured hour adds nothing and is counted in coverage.
SELECT date_trunc('day', f.hour, 'Asia/Shanghai') AS time, p.role AS metric, sum(f.delta) AS kwh
FROM visible.hourly_facts f JOIN visible.points p ON p.id = f.point_id
WHERE $__timeFilter(f.hour) AND f.point_id = ANY(ARRAY(
    SELECT id FROM visible.points WHERE medium = 'electricity' AND role <> 'submeter' AND unit = 'kWh'
      AND (${scope:sqlstring} = 'city' OR 'park:' || park = ${scope:sqlstring})))
GROUP BY 1, 2 ORDER BY 1, 2
