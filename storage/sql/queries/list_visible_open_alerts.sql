-- Alerts of an enterprise that are open, or were opened in [from, to): those nobody has acknowledged first.
SELECT id, rule, kind, address AS point, state, severity, opened_at, resolved_at, acknowledged_by IS NOT NULL AS acknowledged
FROM visible.alerts
WHERE enterprise = %(enterprise)s::text AND opened_at < %(to)s::timestamptz
  AND (state IN ('firing', 'recovering') OR (opened_at >= %(from)s::timestamptz AND state <> 'withdrawn'))
ORDER BY state NOT IN ('firing', 'recovering'), acknowledged_by IS NOT NULL, kind, opened_at, id LIMIT %(limit)s::int
