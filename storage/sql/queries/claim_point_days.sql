-- Take the newest marks of points that no other worker holds; the days to be made again, each once.
WITH newest AS MATERIALIZED (
    SELECT id, point_id FROM dirty_point_days ORDER BY day DESC LIMIT %(marks)s::int FOR UPDATE SKIP LOCKED
), offered AS MATERIALIZED (
    SELECT DISTINCT point_id FROM newest
), mine AS MATERIALIZED (
    SELECT point_id FROM offered WHERE pg_try_advisory_xact_lock(%(lock)s::int, point_id)
), taken AS (
    DELETE FROM dirty_point_days d USING newest n JOIN mine m USING (point_id) WHERE d.id = n.id
    RETURNING d.point_id, d.day
)
SELECT DISTINCT point_id, day FROM taken
WHERE day::timestamp AT TIME ZONE %(timezone)s::text
      >= coalesce((SELECT settled_before FROM retention_lines WHERE level = 'hours'), '-infinity')
ORDER BY point_id, day
