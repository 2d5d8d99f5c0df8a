-- A mark as it stands, locked until the transaction ends.
SELECT id, enterprise_id, outlet, point_id, kind, from_ts, to_ts, automatic, state FROM marks
WHERE id = %(id)s::bigint FOR UPDATE
