-- Alerts that have not ended, by kind.
-- window: now, whatever the window
SELECT count(*) FILTER (WHERE kind = 'exceedance') AS "超标(待核实)", count(*) FILTER (WHERE kind = 'warning') AS "预警"
FROM visible.alerts WHERE state IN ('pending', 'firing', 'recovering') AND enterprise = ANY(ARRAY[${enterprise:sqlstring}]::text[])
