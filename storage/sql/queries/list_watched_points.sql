-- The points that rules can watch, with what they are judged by.
SELECT p.id, p.enterprise_id, e.code AS enterprise, e.name AS enterprise_name, k.code AS park, e.industry, p.code, p.name,
       p.medium, p.quantity, p.role, p.unit, p.interval_s, p.plausible_low, p.plausible_high, p.reported_basis, p.outlet
FROM points p
JOIN enterprises e ON e.id = p.enterprise_id
JOIN parks k ON k.id = e.park_id
WHERE p.retired_at IS NULL
ORDER BY p.id
