-- The points of a scope of the accounts.
SELECT p.id FROM points p JOIN enterprises e ON e.id = p.enterprise_id JOIN parks k ON k.id = e.park_id
WHERE %(scope)s::text IN ('city', 'park:' || k.code, 'industry:' || e.industry, 'enterprise:' || e.code)
ORDER BY p.id
