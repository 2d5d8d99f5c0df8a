-- The caller's points with their newest reading and what the watch says of them, by address. An unverified limit judges nobody.
SELECT p.id, p.enterprise_id, e.industry, p.plausible_low, p.plausible_high, coalesce(s.states, '{}') AS states, coalesce(s.reasons, '{}') AS reasons,
       p.address, p.enterprise, e.name AS enterprise_name, p.park, p.code, p.name, p.medium, p.quantity, p.kind, p.unit,
       p.role, p.interval_s, p.capacity_kw, p.reported_basis, p.outlet, p.longitude, p.latitude, p.retired_at,
       m.kind AS mark, l.ts AS latest_ts, l.value AS latest_value, l.flag::text AS latest_flag,
       CASE WHEN a.exceedance THEN 'exceedance'
            WHEN a.open THEN 'high'
            WHEN a.silent OR l.ts IS NULL OR s.no_data
                 OR l.ts < %(now)s::timestamptz - greatest(interval '5 minutes', 3 * p.interval_s * interval '1 second')
                 THEN 'no_data'
            WHEN s.judged IS NOT TRUE OR l.flag <> 'N' OR m.kind IS NOT NULL THEN 'not_judged'
            ELSE 'normal' END AS status
FROM visible.points p
JOIN visible.enterprises e ON e.code = p.enterprise
LEFT JOIN visible.latest_readings l ON l.point_id = p.id
LEFT JOIN (
    SELECT point_id, bool_or(kind = 'exceedance' AND verified) AS exceedance, bool_or(statistic <> 'missing') AS open,
           bool_or(statistic = 'missing') AS silent
    FROM visible.alerts WHERE state IN ('firing', 'recovering') GROUP BY point_id) a ON a.point_id = p.id
LEFT JOIN (
    SELECT point_id, bool_or(state = 'no_data') AS no_data, bool_and(state <> 'not_judged') AS judged,
           jsonb_object_agg(rule, state) AS states,
           jsonb_object_agg(rule, detail ->> 'reason') FILTER (WHERE state = 'not_judged') AS reasons
    FROM visible.alert_states GROUP BY point_id) s ON s.point_id = p.id
LEFT JOIN LATERAL (
    SELECT v.kind FROM visible.marks_of_points v
    WHERE v.point_id = p.id AND v.state = 'in_force' AND v.from_ts <= l.ts AND v.to_ts > l.ts
      AND v.kind IN ('fault', 'calibration', 'maintenance')
    ORDER BY v.automatic, v.id DESC LIMIT 1) m ON true
WHERE (%(enterprise)s::text IS NULL OR p.enterprise = %(enterprise)s::text)
  AND (%(role)s::text IS NULL OR p.role = %(role)s::text)
  AND (%(medium)s::text IS NULL OR p.medium = %(medium)s::text)
  AND (%(after)s::text IS NULL OR p.address > %(after)s::text)
ORDER BY p.address LIMIT %(limit)s::int
