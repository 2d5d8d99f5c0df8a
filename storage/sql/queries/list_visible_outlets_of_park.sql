-- The caller's outlets in a park with the place of each, and the points there that measure a pollutant.
SELECT p.enterprise, e.name AS enterprise_name, coalesce(p.outlet, p.code) AS outlet,
       (array_agg(p.longitude ORDER BY (p.quantity = %(quantity)s::text) DESC, p.code) FILTER (WHERE p.longitude IS NOT NULL))[1]
           AS longitude,
       (array_agg(p.latitude ORDER BY (p.quantity = %(quantity)s::text) DESC, p.code) FILTER (WHERE p.longitude IS NOT NULL))[1]
           AS latitude,
       array_agg(p.id ORDER BY p.code)
           FILTER (WHERE p.quantity = %(quantity)s::text AND p.kind = 'gauge' AND p.code NOT LIKE '%%:%%') AS point_ids
FROM visible.points p JOIN visible.enterprises e ON e.id = p.enterprise_id
WHERE p.park = %(park)s::text AND p.role = 'stack' AND p.retired_at IS NULL
GROUP BY p.enterprise, e.name, coalesce(p.outlet, p.code)
ORDER BY p.enterprise, outlet
