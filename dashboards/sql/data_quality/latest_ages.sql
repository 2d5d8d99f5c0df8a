-- Points by the age of their newest reading, the quietest first.
-- window: now, whatever the window
SELECT p.address AS "点位", p.name AS "名称", l.ts AS "最新时标", l.received_at AS "到达", extract(epoch FROM now() - l.ts) AS age_s,
       p.interval_s, extract(epoch FROM now() - l.ts) / p.interval_s AS "错过的间隔"
FROM visible.points p LEFT JOIN visible.latest_readings l ON l.point_id = p.id
WHERE p.retired_at IS NULL AND p.enterprise = ANY(ARRAY[${enterprise:sqlstring}]::text[])
ORDER BY l.ts NULLS FIRST, p.address LIMIT 200
