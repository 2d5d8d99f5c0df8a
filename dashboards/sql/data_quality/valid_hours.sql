-- Valid hours over hours with any reading, by enterprise and local day.
SELECT date_trunc('day', f.hour, 'Asia/Shanghai') AS time, p.enterprise AS metric, avg(f.valid::int) AS share
FROM visible.hourly_facts f JOIN visible.points p ON p.id = f.point_id
WHERE $__timeFilter(f.hour) AND f.point_id = ANY(ARRAY(
    SELECT id FROM visible.points WHERE enterprise = ANY(ARRAY[${enterprise:sqlstring}]::text[])))
GROUP BY 1, 2 ORDER BY 1, 2
