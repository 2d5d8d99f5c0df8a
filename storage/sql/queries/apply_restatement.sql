-- The accounts of the month have been made again.
UPDATE restatements SET state = 'applied', applied_at = now(), changed_rows = %(changed_rows)s::int
WHERE id = %(id)s::bigint
