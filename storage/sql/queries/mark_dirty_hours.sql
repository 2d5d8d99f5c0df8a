-- Say that these hours of these points are to be computed again.
INSERT INTO dirty_hours (point_id, hour)
SELECT * FROM unnest(%(point_ids)s::int[], %(hours)s::timestamptz[])
