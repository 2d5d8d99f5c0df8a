-- Add an enterprise or change it; 'added', 'changed', or no row.
INSERT INTO enterprises (code, name, park_id, industry)
SELECT %(code)s::text, %(name)s::text, id, %(industry)s::text FROM parks WHERE code = %(park)s::text
ON CONFLICT (code) DO UPDATE
SET name = excluded.name, park_id = excluded.park_id, industry = excluded.industry, retired_at = NULL
WHERE (enterprises.name, enterprises.park_id, enterprises.industry, enterprises.retired_at)
      IS DISTINCT FROM (excluded.name, excluded.park_id, excluded.industry, NULL)
RETURNING CASE WHEN xmax = 0 THEN 'added' ELSE 'changed' END
