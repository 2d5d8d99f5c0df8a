-- Write an entry of an outlet's logbook; its key.
INSERT INTO outlet_logbook (enterprise_id, outlet, kind, from_ts, to_ts, quantity, reference, before, after, unit, passed, note,
    author, written_by, mark_id)
VALUES (%(enterprise_id)s::int, %(outlet)s::text, %(kind)s::text, %(from_ts)s::timestamptz, %(to_ts)s::timestamptz,
    %(quantity)s::text, %(reference)s::float8, %(before)s::float8, %(after)s::float8, %(unit)s::text, %(passed)s::boolean,
    %(note)s::text, %(author)s::text, %(written_by)s::text, %(mark_id)s::bigint)
RETURNING id
