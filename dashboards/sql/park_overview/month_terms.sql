-- The terms of the newest month's share, in kWh.
SELECT consumption_kwh AS "用电量 E", direct_line_kwh AS "直供 D", self_used_kwh AS "自发自用 S",
       green_trade_kwh AS "绿电交易 T", certificate_kwh AS "绿证 C", excess_kwh AS "超出部分"
FROM visible.green_power
WHERE grain = 'month' AND scope = ${scope:sqlstring} AND rule = ${green_rule:sqlstring} AND starts_at <= $__timeTo()
ORDER BY starts_at DESC LIMIT 1
