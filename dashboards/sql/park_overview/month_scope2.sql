-- Scope 2 of the newest month, in kg CO2.
SELECT scope2_location_kg AS "基于位置", scope2_market_kg AS "基于市场"
FROM visible.emissions
WHERE grain = 'month' AND scope = ${scope:sqlstring} AND rule = ${carbon_rule:sqlstring} AND starts_at <= $__timeTo()
ORDER BY starts_at DESC LIMIT 1
