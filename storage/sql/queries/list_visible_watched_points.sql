-- The caller's points that rules can watch, with what they are judged by.
SELECT p.id, p.enterprise_id, p.enterprise, e.name AS enterprise_name, p.park, e.industry, p.code, p.name, p.medium, p.quantity,
       p.role, p.unit, p.interval_s, p.plausible_low, p.plausible_high, p.reported_basis, p.outlet
FROM visible.points p JOIN visible.enterprises e ON e.id = p.enterprise_id
WHERE p.retired_at IS NULL
ORDER BY p.id
