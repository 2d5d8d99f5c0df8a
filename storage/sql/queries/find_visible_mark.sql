-- One mark that the caller may see.
SELECT m.id, m.enterprise, m.outlet, m.enterprise || '/' || m.point_code AS point, m.address, m.kind, m.from_ts AS "from", m.to_ts AS "to", m.reason, m.author,
       m.declared_by, m.automatic, m.state, m.waits_for, m.accepted_at, m.created_at
FROM visible.marks m WHERE m.id = %(id)s::bigint
