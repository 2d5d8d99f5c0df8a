-- Valid hourly means of every outlet, and the limits of the rules that judge them.
SELECT f.hour AS time, f.address AS metric, f.mean AS value
FROM visible.hourly_facts f JOIN visible.points p ON p.id = f.point_id
WHERE $__timeFilter(f.hour) AND f.valid AND p.role = 'stack' AND p.kind = 'gauge'
  AND p.quantity = ${quantity:sqlstring} AND p.enterprise = ANY(ARRAY[${enterprise:sqlstring}]::text[])
UNION ALL
SELECT stamp, '限值 ' || r.code, (r.body->>'above')::double precision
FROM visible.rules r, unnest(ARRAY[$__timeFrom()::timestamptz, $__timeTo()::timestamptz]) stamp
WHERE r.enabled AND r.statistic = 'mean_1h' AND r.body->'points'->'quantity' @> to_jsonb(${quantity:sqlstring}::text)
ORDER BY 1, 2
