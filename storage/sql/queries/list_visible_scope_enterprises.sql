-- The enterprises of a scope that the caller may see, by code.
SELECT e.code, e.name, e.park, e.industry FROM visible.enterprises e
WHERE %(scope)s::text = 'city' OR %(scope)s::text = 'park:' || e.park OR %(scope)s::text = 'industry:' || e.industry
   OR %(scope)s::text = 'enterprise:' || e.code
ORDER BY e.code
