-- Whether a scope of the accounts exists and is the caller's to see.
SELECT %(scope)s::text
WHERE %(scope)s::text IN (SELECT 'enterprise:' || code FROM visible.enterprises)
   OR (%(sums)s::boolean AND (
          %(scope)s::text = 'city'
       OR %(scope)s::text IN (SELECT 'park:' || code FROM visible.parks)
       OR %(scope)s::text IN (SELECT 'industry:' || industry FROM visible.enterprises)))
