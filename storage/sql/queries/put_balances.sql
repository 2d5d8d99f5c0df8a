-- Balances from the staging table; a row that is stored so already is left alone.
INSERT INTO energy_balances AS b (enterprise_id, grain, starts_at, terms, activities)
SELECT enterprise_id, grain, starts_at, terms, activities FROM incoming_balances ORDER BY enterprise_id, grain, starts_at
ON CONFLICT (enterprise_id, grain, starts_at) DO UPDATE
SET terms = excluded.terms, activities = excluded.activities, computed_at = now()
WHERE (b.terms, b.activities) IS DISTINCT FROM (excluded.terms, excluded.activities)
