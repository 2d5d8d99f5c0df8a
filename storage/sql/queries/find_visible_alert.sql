-- One alert that is the caller's to see.
SELECT id, rule, kind, CASE WHEN scope IS NULL THEN address END AS point, scope, period, evidence -> 'account' AS account, enterprise, park, state, severity, opened_at, resolved_at, last_at, statistic, value,
       "limit", unit, clause, verified, late, no_data, acknowledged_by, assigned_to, closed_at, closed_by, cause, explanation,
       measure, evidence, medium, role, point_id, (rule_body ->> 'below') IS NOT NULL AS under
FROM visible.alerts WHERE id = %(id)s::bigint
