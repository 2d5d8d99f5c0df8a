-- Shares and bounds of every local day in the window.
SELECT starts_at AS time, physical_share AS "物理占比", hourly_matched_share AS "逐时匹配",
       share_low AS "下界", share_high AS "上界"
FROM visible.green_power
WHERE $__timeFilter(starts_at) AND grain = 'day' AND scope = ${scope:sqlstring} AND rule = ${green_rule:sqlstring}
ORDER BY starts_at
