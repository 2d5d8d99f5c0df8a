-- The facts of every day that has hours are to be made.
INSERT INTO dirty_point_days (point_id, day)
SELECT DISTINCT point_id, (hour AT TIME ZONE %(timezone)s::text)::date FROM hourly_facts
