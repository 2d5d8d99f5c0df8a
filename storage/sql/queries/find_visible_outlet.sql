-- An outlet that the caller may see: its enterprise's key, and how many points measure it.
SELECT p.enterprise_id, count(*)::int AS points FROM visible.points p
WHERE p.enterprise = %(enterprise)s::text AND p.outlet = %(outlet)s::text AND p.retired_at IS NULL
GROUP BY p.enterprise_id
