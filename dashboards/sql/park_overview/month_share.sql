-- The share of the newest month in the window, by the rule.
SELECT policy_share AS "绿电占比" FROM visible.green_power
WHERE grain = 'month' AND scope = ${scope:sqlstring} AND rule = ${green_rule:sqlstring} AND starts_at <= $__timeTo()
ORDER BY starts_at DESC LIMIT 1
