-- Marks that overlap [from, to), the newest declared last.
SELECT m.id, m.enterprise, m.outlet, m.enterprise || '/' || m.point_code AS point, m.address, m.kind, m.from_ts AS "from", m.to_ts AS "to", m.reason, m.author,
       m.declared_by, m.automatic, m.state, m.waits_for, m.accepted_at, m.created_at
FROM visible.marks m
WHERE (%(enterprise)s::text IS NULL OR m.enterprise = %(enterprise)s::text)
  AND (%(state)s::text IS NULL OR m.state = %(state)s::text)
  AND (%(kind)s::text IS NULL OR m.kind = %(kind)s::text)
  AND (%(address)s::text IS NULL OR m.address = %(address)s::text
       OR EXISTS (SELECT FROM visible.marks_of_points p WHERE p.id = m.id AND p.address = %(address)s::text))
  AND (%(from)s::timestamptz IS NULL OR m.to_ts > %(from)s::timestamptz)
  AND (%(to)s::timestamptz IS NULL OR m.from_ts < %(to)s::timestamptz)
  AND (%(after)s::bigint IS NULL OR m.id > %(after)s::bigint)
ORDER BY m.id LIMIT %(limit)s::int
