-- Open alerts by kind and severity.
SELECT kind, severity, count(*) AS open FROM alerts WHERE state IN ('firing', 'recovering') GROUP BY kind, severity ORDER BY 1, 2
