-- The restatements of a month, oldest first, each with the figures that differ.
SELECT r.id, r.state, r.found_at, r.changed_rows, r.reason, r.requested_by, r.requested_at, r.applied_at,
       coalesce((SELECT jsonb_agg(to_jsonb(l) - 'restatement_id' ORDER BY subject, scope, grain, rule)
                 FROM visible.restatement_lines l WHERE l.restatement_id = r.id), '[]') AS lines
FROM visible.restatements r
WHERE r.month = %(month)s::date
ORDER BY r.id
