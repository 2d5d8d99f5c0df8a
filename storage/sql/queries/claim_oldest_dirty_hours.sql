-- Take the oldest marks of points that no other worker holds: of each point the hours within a span after its oldest.
-- Hours that stand for good are left as they are.
WITH oldest AS MATERIALIZED (
    SELECT id, point_id, hour FROM dirty_hours ORDER BY hour LIMIT %(marks)s::int FOR UPDATE SKIP LOCKED
), offered AS MATERIALIZED (
    SELECT point_id, min(hour) + %(span)s::interval AS before FROM oldest GROUP BY point_id
), mine AS MATERIALIZED (
    SELECT point_id, before FROM offered WHERE pg_try_advisory_xact_lock(%(lock)s::int, point_id)
), taken AS (
    DELETE FROM dirty_hours d USING oldest o JOIN mine m USING (point_id)
    WHERE d.id = o.id AND o.hour < m.before
    RETURNING d.point_id, d.hour
)
SELECT point_id, min(hour) AS starts, max(hour) + interval '1 hour' AS ends FROM taken
WHERE hour >= coalesce((SELECT settled_before FROM retention_lines WHERE level = 'readings'), '-infinity')
GROUP BY point_id
