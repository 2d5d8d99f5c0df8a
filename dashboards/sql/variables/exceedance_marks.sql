-- Exceedances opened in the window, as annotations.
SELECT opened_at AS time, resolved_at AS timeend, address || ' ' || rule AS text, severity || ',' || state AS tags
FROM visible.alerts WHERE $__timeFilter(opened_at) AND kind = 'exceedance' AND state <> 'withdrawn'
ORDER BY opened_at
