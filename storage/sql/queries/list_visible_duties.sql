-- The points that say which machine of an outlet they belong to: production or treatment.
SELECT p.id, p.address, p.enterprise, p.outlet, p.attributes ->> 'duty' AS duty,
       coalesce((p.attributes ->> 'runs_above')::float8, 0) AS runs_above, p.interval_s, p.kind
FROM visible.points p
WHERE p.outlet IS NOT NULL AND p.attributes ->> 'duty' IN ('production', 'treatment') AND p.retired_at IS NULL
  AND (%(enterprise)s::text IS NULL OR p.enterprise = %(enterprise)s::text)
ORDER BY p.enterprise, p.outlet, p.address
