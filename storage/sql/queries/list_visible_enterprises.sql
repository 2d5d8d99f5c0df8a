-- The caller's enterprises, by code.
SELECT e.code, e.name, e.park, p.name AS park_name, e.industry, e.retired_at
FROM visible.enterprises e JOIN visible.parks p ON p.code = e.park
WHERE (%(after)s::text IS NULL OR e.code > %(after)s::text)
ORDER BY e.code LIMIT %(limit)s::int
