-- The highest normal reading of every interval and outlet; an interval without one is a gap. The list of points lets the key find them.
SELECT $__timeGroupAlias(r.ts,$__interval,NULL), p.address AS metric, max(r.value) AS value
FROM visible.readings r JOIN visible.points p ON p.id = r.point_id
WHERE $__timeFilter(r.ts) AND r.flag = 'N' AND r.point_id = ANY(ARRAY(
    SELECT id FROM visible.points WHERE role = 'stack' AND kind = 'gauge' AND quantity = ${quantity:sqlstring}
      AND enterprise = ANY(ARRAY[${enterprise:sqlstring}]::text[])))
GROUP BY 1, 2 ORDER BY 1, 2
