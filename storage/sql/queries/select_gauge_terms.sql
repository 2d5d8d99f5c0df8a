-- What turns the readings of these points into hours, where they are levels.
SELECT p.id AS point_id, p.kind, p.unit, p.interval_s, p.plausible_low, p.plausible_high, p.capacity_kw, ARRAY[]::jsonb[] AS epochs
FROM visible.points p WHERE p.id = ANY (%(point_ids)s::int[]) AND p.kind = 'gauge'
