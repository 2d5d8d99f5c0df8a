-- End a silence, once.
UPDATE silences SET ended_at = %(now)s::timestamptz, ended_by = %(actor)s::text
WHERE id = %(id)s::bigint AND ended_at IS NULL AND to_ts > %(now)s::timestamptz
