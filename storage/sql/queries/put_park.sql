-- Add a park or rename it; 'added', 'changed', or no row.
INSERT INTO parks (code, name) VALUES (%(code)s::text, %(name)s::text)
ON CONFLICT (code) DO UPDATE SET name = excluded.name WHERE parks.name <> excluded.name
RETURNING CASE WHEN xmax = 0 THEN 'added' ELSE 'changed' END
