-- The points that a mark covers.
SELECT DISTINCT point_id FROM marks_of_points WHERE id = %(id)s::bigint ORDER BY point_id
