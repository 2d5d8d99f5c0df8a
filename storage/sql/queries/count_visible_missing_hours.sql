-- Hours of [from, to) of an enterprise's points, since each was first heard, without a reading and without a mark in force.
WITH watched AS MATERIALIZED (
    SELECT p.id, p.address, least(%(to)s::timestamptz, p.retired_at) AS until, greatest(%(from)s::timestamptz, first.hour) AS since
    FROM visible.points p
    CROSS JOIN LATERAL (SELECT f.hour FROM visible.hourly_facts f WHERE f.point_id = p.id ORDER BY f.hour LIMIT 1) first
    WHERE p.enterprise = %(enterprise)s::text AND p.source <> 'seen'
), facts AS MATERIALIZED (
    SELECT f.point_id, f.hour, f.n, f.valid FROM watched w JOIN visible.hourly_facts f ON f.point_id = w.id
    WHERE f.hour >= %(from)s::timestamptz AND f.hour < %(to)s::timestamptz
), marked AS MATERIALIZED (
    SELECT m.point_id, m.from_ts, m.to_ts FROM watched w JOIN visible.marks_of_points m ON m.point_id = w.id
    WHERE m.state = 'in_force' AND m.from_ts < %(to)s::timestamptz AND m.to_ts > %(from)s::timestamptz
)
SELECT count(*)::int
FROM watched w CROSS JOIN LATERAL generate_series(w.since, w.until - interval '1 hour', interval '1 hour') AS due (hour)
LEFT JOIN facts f ON f.point_id = w.id AND f.hour = due.hour AND f.n > 0
WHERE f.hour IS NULL
  AND NOT EXISTS (SELECT FROM marked m WHERE m.point_id = w.id AND m.from_ts < due.hour + interval '1 hour' AND m.to_ts > due.hour)
