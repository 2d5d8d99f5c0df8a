-- Emissions from the staging table; a row that is stored so already is left alone.
INSERT INTO emissions AS t (scope, grain, starts_at, rule,
    scope1_kg, scope2_location_kg, scope2_market_kg, coverage, lines)
SELECT scope, grain, starts_at, rule,
    scope1_kg, scope2_location_kg, scope2_market_kg, coverage, lines
FROM incoming_emissions ORDER BY scope, grain, starts_at, rule
ON CONFLICT (scope, grain, starts_at, rule) DO UPDATE SET
    scope1_kg = excluded.scope1_kg, scope2_location_kg = excluded.scope2_location_kg,
    scope2_market_kg = excluded.scope2_market_kg, coverage = excluded.coverage, lines = excluded.lines, computed_at = now()
WHERE (t.scope1_kg, t.scope2_location_kg, t.scope2_market_kg, t.coverage, t.lines)
    IS DISTINCT FROM
      (excluded.scope1_kg, excluded.scope2_location_kg, excluded.scope2_market_kg, excluded.coverage, excluded.lines)
