-- Hours as loggers report them, beside ours on the same basis; those of [from, to) after a place, in order.
SELECT l.hour, s.address AS logger_point, s.unit AS logger_unit, s.code LIKE '%%:zs' AS of_oxygen, l.mean AS logger,
       CASE WHEN s.code LIKE '%%:zs' AND p.reported_basis IS DISTINCT FROM 'ref_o2' THEN c.mean
            WHEN o.valid THEN o.mean END AS ours,
       p.id, p.enterprise_id, p.enterprise, e.name AS enterprise_name, p.park, e.industry, p.code, p.name, p.medium, p.quantity,
       p.role, p.unit, p.interval_s, p.plausible_low, p.plausible_high, p.reported_basis, p.outlet
FROM visible.points p
JOIN visible.enterprises e ON e.code = p.enterprise
JOIN visible.points s ON s.enterprise_id = p.enterprise_id AND s.source = 'seen' AND s.attributes ->> 'statistic_of' = p.code
     AND s.code IN (p.code || ':1h', p.code || ':1h:zs')
JOIN visible.hourly_facts l ON l.point_id = s.id AND l.hour >= %(from)s::timestamptz AND l.hour < %(to)s::timestamptz
LEFT JOIN LATERAL (
    SELECT f.valid, f.mean FROM visible.hourly_facts f WHERE f.point_id = p.id AND f.hour = l.hour LIMIT 1) o ON true
LEFT JOIN LATERAL (
    SELECT h.mean FROM visible.converted_hours h
    WHERE h.point_id = p.id AND h.hour = l.hour AND h.valid AND h.series ~ '^ref_o2;o2=[^;]*$'
    ORDER BY h.series LIMIT 1) c ON true
WHERE l.mean IS NOT NULL
  AND (%(enterprise)s::text IS NULL OR p.enterprise = %(enterprise)s::text)
  AND (%(point)s::text IS NULL OR p.address = %(point)s::text)
  AND (%(after_hour)s::timestamptz IS NULL OR (l.hour, s.address) > (%(after_hour)s::timestamptz, %(after_point)s::text))
ORDER BY l.hour, s.address LIMIT %(limit)s::int
