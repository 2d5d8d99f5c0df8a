-- The newest reading of every outlet.
-- window: now, whatever the window
SELECT p.address AS "点位", p.name AS "名称", p.quantity AS "因子", l.value AS "读数", p.unit AS "单位", l.flag::text AS "标记",
       l.ts AS "时间", extract(epoch FROM now() - l.ts) AS age_s
FROM visible.points p LEFT JOIN visible.latest_readings l ON l.point_id = p.id
WHERE p.role = 'stack' AND p.retired_at IS NULL AND p.enterprise = ANY(ARRAY[${enterprise:sqlstring}]::text[])
ORDER BY p.address
