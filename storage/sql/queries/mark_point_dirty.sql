-- Everything of a point that was computed is to be computed again.
INSERT INTO dirty_hours (point_id, hour)
SELECT point_id, hour FROM hourly_facts WHERE point_id = %(point_id)s::int
