-- An alert of a scope with its enterprise, where it is one's, for its evidence.
SELECT a.id, a.rule, a.kind, a.state, a.severity, a.statistic, a.value, a."limit", a.unit, a.clause, a.verified, a.opened_at,
       a.resolved_at, a.last_at, a.late, a.no_data, a.rule_body, a.evidence, a.created_at, a.scope, a.period,
       e.code AS enterprise, e.name AS enterprise_name, k.code AS park
FROM alerts a LEFT JOIN enterprises e ON e.code = scope_enterprise(a.scope) LEFT JOIN parks k ON k.id = e.park_id
WHERE a.id = %(id)s::bigint AND a.scope IS NOT NULL
