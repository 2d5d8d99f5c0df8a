-- What measures the gas of the caller's outlets beside their pollutants, as the watch knows points.
SELECT p.id, p.enterprise_id, p.enterprise, e.name AS enterprise_name, p.park, e.industry, p.code, p.name, p.medium, p.quantity,
       p.role, p.unit, p.interval_s, p.plausible_low, p.plausible_high, p.reported_basis, p.outlet
FROM visible.points p JOIN visible.enterprises e ON e.code = p.enterprise
WHERE p.retired_at IS NULL AND p.quantity = ANY (%(quantities)s::text[]) AND p.enterprise = ANY (%(enterprises)s::text[])
ORDER BY p.id
