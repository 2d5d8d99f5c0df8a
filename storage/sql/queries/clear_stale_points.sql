-- These points speak again.
DELETE FROM stale_points WHERE point_id = ANY (%(point_ids)s::int[])
