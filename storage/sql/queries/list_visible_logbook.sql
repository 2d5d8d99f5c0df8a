-- Entries of outlets' logbooks that begin in [from, to), in the order in which they were written.
SELECT id, enterprise, enterprise || '/' || outlet AS outlet, kind, from_ts AS "from", to_ts AS "to", quantity, reference,
       before, after, unit, passed, note, author, written_by, mark_id, created_at
FROM visible.outlet_logbook
WHERE (%(enterprise)s::text IS NULL OR enterprise = %(enterprise)s::text)
  AND (%(outlet)s::text IS NULL OR enterprise || '/' || outlet = %(outlet)s::text)
  AND (%(from)s::timestamptz IS NULL OR from_ts >= %(from)s::timestamptz)
  AND (%(to)s::timestamptz IS NULL OR from_ts < %(to)s::timestamptz)
  AND (%(after)s::bigint IS NULL OR id > %(after)s::bigint)
ORDER BY id LIMIT %(limit)s::int
