-- Points that the accounts read, with the time in which an hour without data counts as missing: since the first declared
-- meter epoch, else since the local month of the first fact; a point that never reported counts as its enterprise does.
WITH listed AS (
    SELECT p.*,
           (SELECT min(valid_from) FROM meter_epochs e WHERE e.point_id = p.id) AS declared,
           (SELECT hour FROM hourly_facts f WHERE f.point_id = p.id ORDER BY hour LIMIT 1) AS seen
    FROM points p
    WHERE p.kind IN ('counter', 'interval')
      AND (p.medium = 'electricity' AND p.role = ANY (%(electricity_roles)s::text[]) OR p.role IN ('fuel', 'heat'))
)
SELECT id, enterprise_id, code, role, medium, unit, capacity_kw, attributes ->> 'fuel' AS fuel,
       coalesce(declared, date_trunc('month', coalesce(seen, min(seen) OVER (PARTITION BY enterprise_id)),
                                     %(timezone)s::text)) AS due_from,
       retired_at AS due_until
FROM listed
WHERE seen IS NOT NULL OR retired_at IS NULL
ORDER BY enterprise_id, id
