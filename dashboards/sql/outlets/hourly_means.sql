-- Valid hourly means of every outlet, and the limits of the rules that judge them.
SELECT f.hour AS time, f.address AS metric, f.mean AS value
FROM visible.hourly_facts f
WHERE $__timeFilter(f.hour) AND f.valid AND f.point_id = ANY(ARRAY(
    SELECT id FROM visible.points WHERE role = 'stack' AND kind = 'gauge' AND quantity = ${quantity:sqlstring}
      AND enterprise = ANY(ARRAY[${enterprise:sqlstring}]::text[])))
UNION ALL
SELECT stamp, '限值 ' || r.code, (r.body->>'above')::double precision
FROM visible.rules r, unnest(ARRAY[$__timeFrom()::timestamptz, $__timeTo()::timestamptz]) stamp
WHERE r.enabled AND r.statistic = 'mean_1h' AND r.body->'points'->'quantity' @> to_jsonb(${quantity:sqlstring}::text)
ORDER BY 1, 2
