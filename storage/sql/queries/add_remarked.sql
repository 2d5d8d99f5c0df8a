-- The watch looks again at the readings of these points in [from, to).
INSERT INTO remarked (point_id, from_ts, to_ts)
SELECT point_id, %(from_ts)s::timestamptz, %(to_ts)s::timestamptz FROM unnest(%(point_ids)s::int[]) AS point_id
