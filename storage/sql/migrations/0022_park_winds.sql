-- The wind over a park is nobody's secret: whoever sees an enterprise of a park reads the wind of all its masts.
CREATE VIEW visible.park_masts WITH (security_barrier) AS
SELECT p.id, k.code AS park, p.enterprise_id || coalesce(':' || p.outlet, '') AS station, p.quantity, p.unit, p.interval_s,
       p.longitude, p.latitude
FROM points p
JOIN enterprises e ON e.id = p.enterprise_id
JOIN parks k ON k.id = e.park_id
WHERE p.role = 'weather' AND p.kind = 'gauge' AND p.quantity IN ('a01007', 'a01008', 'stability') AND p.retired_at IS NULL
  AND k.code IN (SELECT park FROM visible.enterprises);

CREATE VIEW visible.park_winds WITH (security_barrier) AS
SELECT m.park, m.station, m.quantity, m.unit, m.interval_s, m.longitude, m.latitude, r.ts, r.value
FROM visible.park_masts m
JOIN points p ON p.id = m.id
JOIN readings r ON r.point_id = m.id
WHERE r.flag = 'N' AND r.value BETWEEN coalesce(p.plausible_low, '-infinity') AND coalesce(p.plausible_high, 'infinity')
  AND NOT EXISTS (
      SELECT FROM marks_of_points v
      WHERE v.point_id = m.id AND v.state = 'in_force' AND v.from_ts <= r.ts AND r.ts < v.to_ts
        AND v.kind IN ('fault', 'calibration', 'maintenance'));

GRANT SELECT ON visible.park_masts, visible.park_winds TO parkwatch_reader;
