-- The accounts of an enterprise are to be made again for these local days.
INSERT INTO dirty_days (enterprise_id, day)
SELECT %(enterprise_id)s::int, day FROM unnest(%(days)s::date[]) AS day
