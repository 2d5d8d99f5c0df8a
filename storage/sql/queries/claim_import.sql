-- Take the oldest import that nobody works on; the lock is held by this connection until it lets go or dies.
SELECT id, kind, enterprise, filename, mapping, content
FROM imports
WHERE id = (SELECT i.id FROM (SELECT id FROM imports WHERE state IN ('queued', 'running') ORDER BY id) i
            WHERE pg_try_advisory_lock(7275900, i.id::int) LIMIT 1)
  AND state IN ('queued', 'running')
