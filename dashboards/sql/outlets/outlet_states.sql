-- Outlets by the worst state of their rules.
-- window: now, whatever the window
SELECT count(*) FILTER (WHERE worst IN ('firing', 'recovering')) AS "报警中",
       count(*) FILTER (WHERE worst = 'pending') AS "待定",
       count(*) FILTER (WHERE worst = 'no_data') AS "无数据",
       count(*) FILTER (WHERE worst = 'not_judged') AS "不可判定",
       count(*) FILTER (WHERE worst = 'inactive') AS "正常"
FROM (SELECT DISTINCT ON (s.point_id) s.state AS worst
      FROM visible.alert_states s JOIN visible.points p ON p.id = s.point_id
      WHERE p.role = 'stack' AND p.enterprise = ANY(ARRAY[${enterprise:sqlstring}]::text[])
      ORDER BY s.point_id, array_position(
          ARRAY['firing', 'recovering', 'pending', 'no_data', 'not_judged', 'inactive'], s.state)) outlets
