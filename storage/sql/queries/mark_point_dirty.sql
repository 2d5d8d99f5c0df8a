-- Everything of a point that was computed is to be computed again, and the steps between epochs where nothing was read.
INSERT INTO dirty_hours (point_id, hour)
SELECT point_id, hour FROM hourly_facts WHERE point_id = %(point_id)s::int
UNION
SELECT point_id, date_trunc('hour', valid_from - interval '1 microsecond') FROM meter_epochs
WHERE point_id = %(point_id)s::int
