-- Declare a mark; its key.
INSERT INTO marks (enterprise_id, outlet, point_id, kind, from_ts, to_ts, reason, author, declared_by, automatic, state, waits_for)
VALUES (%(enterprise_id)s::int, %(outlet)s::text, %(point_id)s::int, %(kind)s::text, %(from_ts)s::timestamptz,
        %(to_ts)s::timestamptz, %(reason)s::text, %(author)s::text, %(declared_by)s::text, %(automatic)s::boolean,
        %(state)s::text, %(waits_for)s::text)
RETURNING id
