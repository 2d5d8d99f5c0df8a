-- Hours waiting to be computed, and how long the oldest mark has waited, in seconds.
-- window: now, whatever the window
SELECT count(DISTINCT (d.point_id, d.hour)) AS "待算小时", COALESCE(extract(epoch FROM now() - min(d.marked_at)), 0) AS "最早等待 s"
FROM visible.dirty_hours d JOIN visible.points p ON p.id = d.point_id WHERE p.enterprise = ANY(ARRAY[${enterprise:sqlstring}]::text[])
