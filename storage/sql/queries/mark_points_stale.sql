-- Note that the sender of these points said that nothing more will come.
INSERT INTO stale_points (point_id, since)
SELECT id, %(now)s::timestamptz FROM unnest(%(point_ids)s::int[]) AS t (id) ORDER BY id
ON CONFLICT (point_id) DO NOTHING
