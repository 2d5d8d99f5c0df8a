-- Silences in the order in which they were made, with their state.
SELECT * FROM (
    SELECT id, matchers, from_ts AS from, to_ts AS to, author, comment, declared_by, created_at, ended_at, ended_by,
           CASE WHEN ended_at IS NOT NULL OR to_ts <= %(now)s::timestamptz THEN 'expired'
                WHEN from_ts > %(now)s::timestamptz THEN 'pending' ELSE 'active' END AS state
    FROM visible.silences
) s
WHERE (%(id)s::bigint IS NULL OR id = %(id)s::bigint) AND (%(state)s::text IS NULL OR state = %(state)s::text)
  AND (%(after)s::bigint IS NULL OR id > %(after)s::bigint)
ORDER BY id LIMIT %(limit)s::int
