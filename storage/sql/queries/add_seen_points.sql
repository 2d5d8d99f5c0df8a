-- Add the points of a logger's own statistics beside their live points; the addresses of those that are new.
WITH seen AS (
    INSERT INTO points (enterprise_id, code, name, medium, quantity, kind, unit, role, interval_s, max_age_s, attributes, source)
    SELECT p.enterprise_id, p.code || ':' || s.part, p.name || ' ' || s.part, 'other', p.quantity || ':' || s.part, s.kind,
           CASE WHEN s.same_unit THEN coalesce(p.hj212_unit, '') ELSE '' END, 'other', coalesce(s.interval_s, p.interval_s),
           p.max_age_s, jsonb_build_object('statistic_of', p.code), 'seen'
    FROM unnest(%(live_ids)s::int[], %(parts)s::text[], %(kinds)s::text[], %(intervals_s)s::float8[], %(same_units)s::boolean[])
         AS s (live_id, part, kind, interval_s, same_unit)
    JOIN points p ON p.id = s.live_id
    ORDER BY p.id, s.part
    ON CONFLICT (enterprise_id, code) DO NOTHING
    RETURNING enterprise_id, code
)
SELECT e.code || '/' || seen.code AS address FROM seen JOIN enterprises e ON e.id = seen.enterprise_id ORDER BY address
