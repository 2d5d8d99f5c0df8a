-- Meter steps that nothing explains, of everyone, for the operator.
SELECT e.code || '/' || p.code AS point, s.from_ts, s.to_ts, s.from_register, s.to_register, s.rule
FROM meter_steps s JOIN points p ON p.id = s.point_id JOIN enterprises e ON e.id = p.enterprise_id
WHERE s.kind = 'unexplained' ORDER BY s.from_ts, point LIMIT %(limit)s::int
