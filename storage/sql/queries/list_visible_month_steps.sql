-- Gaps outside the hours, and steps that nothing explains, that touch a time.
SELECT s.address AS point, p.unit, s.from_ts, s.to_ts, s.kind, s.rule, s.amount
FROM visible.meter_steps s JOIN visible.points p ON p.id = s.point_id
WHERE (s.kind = 'unexplained' OR NOT s.in_hours) AND p.enterprise = ANY (%(enterprises)s::text[])
  AND s.to_ts > %(from)s::timestamptz AND s.from_ts < %(to)s::timestamptz
ORDER BY s.from_ts, s.address
