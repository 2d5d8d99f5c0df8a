-- Alerts opened in the window, or still open, newest first.
SELECT opened_at AS "开始", resolved_at AS "结束", address AS "点位", rule AS "规则", kind AS "种类", state AS "状态",
       severity AS "级别", statistic AS "统计量", value AS "峰值", "limit" AS "限值", unit AS "单位", clause AS "依据",
       verified AS "限值已核实", late AS "迟到", no_data AS "断数"
FROM visible.alerts
WHERE ($__timeFilter(opened_at) OR state IN ('pending', 'firing', 'recovering')) AND enterprise = ANY(ARRAY[${enterprise:sqlstring}]::text[])
ORDER BY opened_at DESC LIMIT 500
