-- What the newest month's share rests on: other readings of it, bounds and coverage.
SELECT policy_share AS "口径占比", physical_share AS "物理占比", hourly_matched_share AS "逐时匹配",
       share_low AS "下界", share_high AS "上界", coverage AS "数据覆盖率"
FROM visible.green_power
WHERE grain = 'month' AND scope = ${scope:sqlstring} AND rule = ${green_rule:sqlstring} AND starts_at <= $__timeTo()
ORDER BY starts_at DESC LIMIT 1
