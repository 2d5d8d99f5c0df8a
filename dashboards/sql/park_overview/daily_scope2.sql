-- Scope 2 of every local day in the window, in kg CO2.
SELECT starts_at AS time, scope2_location_kg AS "基于位置", scope2_market_kg AS "基于市场"
FROM visible.emissions
WHERE $__timeFilter(starts_at) AND grain = 'day' AND scope = ${scope:sqlstring} AND rule = ${carbon_rule:sqlstring}
ORDER BY starts_at
