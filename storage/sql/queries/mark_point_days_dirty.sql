-- The accounts of the enterprise of a point are to be made again for every day that the point has facts of.
INSERT INTO dirty_days (enterprise_id, day)
SELECT DISTINCT p.enterprise_id, (f.hour AT TIME ZONE %(timezone)s::text)::date
FROM hourly_facts f JOIN points p ON p.id = f.point_id WHERE f.point_id = %(point_id)s::int
