-- How many hours of points in [from, to) wait to be computed.
SELECT count(*) FROM (SELECT DISTINCT point_id, hour FROM dirty_hours
                      WHERE point_id = ANY (%(point_ids)s::int[])
                        AND hour >= %(from)s::timestamptz AND hour < %(to)s::timestamptz) AS waiting
