-- An alert with its point, enterprise and rule as they stand, for its evidence.
SELECT a.id, a.rule, a.kind, a.state, a.severity, a.statistic, a.value, a."limit", a.unit, a.clause, a.verified, a.opened_at,
       a.resolved_at, a.last_at, a.late, a.no_data, a.rule_body, a.evidence, a.created_at, a.point_id,
       e.code || '/' || p.code AS point, p.name AS point_name, e.code AS enterprise, e.name AS enterprise_name,
       k.code AS park, p.quantity, p.role, p.unit AS point_unit, p.interval_s, p.reported_basis, p.plausible_low,
       p.plausible_high, p.longitude, p.latitude
FROM alerts a JOIN points p ON p.id = a.point_id JOIN enterprises e ON e.id = p.enterprise_id JOIN parks k ON k.id = e.park_id
WHERE a.id = %(id)s::bigint
