-- The highest normal reading of every interval and outlet; an interval without one is a gap.
SELECT $__timeGroupAlias(r.ts,$__interval,NULL), p.address AS metric, max(r.value) AS value
FROM visible.readings r JOIN visible.points p ON p.id = r.point_id
WHERE $__timeFilter(r.ts) AND r.flag = 'N' AND p.role = 'stack' AND p.kind = 'gauge'
  AND p.quantity = ${quantity:sqlstring} AND p.enterprise = ANY(ARRAY[${enterprise:sqlstring}]::text[])
GROUP BY 1, 2 ORDER BY 1, 2
