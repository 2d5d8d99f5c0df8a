-- Take the oldest stretches whose marks have changed.
DELETE FROM remarked r USING points p
WHERE p.id = r.point_id
  AND r.id IN (SELECT id FROM remarked ORDER BY id LIMIT %(limit)s::int FOR UPDATE SKIP LOCKED)
RETURNING r.point_id, p.enterprise_id, r.from_ts, r.to_ts
