-- Of each outlet point the hours of [from, to): elapsed since it was first heard, standing still, transmitted and valid.
WITH watched AS MATERIALIZED (
    SELECT p.id, p.outlet, p.address, p.quantity, least(%(to)s::timestamptz, p.retired_at) AS until,
           greatest(%(from)s::timestamptz, date_trunc('hour', first.hour)) AS since
    FROM visible.points p
    LEFT JOIN LATERAL (SELECT f.hour FROM visible.hourly_facts f WHERE f.point_id = p.id ORDER BY f.hour LIMIT 1) first ON true
    WHERE p.enterprise = %(enterprise)s::text AND p.outlet IS NOT NULL AND p.source <> 'seen' AND p.role = 'stack'
), facts AS MATERIALIZED (
    SELECT f.point_id, f.hour, f.n, f.valid FROM watched w JOIN visible.hourly_facts f ON f.point_id = w.id
    WHERE f.hour >= %(from)s::timestamptz AND f.hour < %(to)s::timestamptz
), still AS MATERIALIZED (
    SELECT m.point_id, m.from_ts, m.to_ts FROM watched w JOIN visible.marks_of_points m ON m.point_id = w.id
    WHERE m.kind = 'standstill' AND m.state = 'in_force'
), hours AS (
    SELECT w.id, due.hour, EXISTS (
               SELECT FROM still m
               WHERE m.point_id = w.id AND m.from_ts <= due.hour AND m.to_ts >= due.hour + interval '1 hour') AS still
    FROM watched w CROSS JOIN LATERAL generate_series(w.since, w.until - interval '1 hour', interval '1 hour') AS due (hour)
)
SELECT w.outlet, w.address, w.quantity, count(h.hour)::int AS elapsed_hours, count(h.hour) FILTER (WHERE h.still)::int AS standstill_hours,
       count(f.hour) FILTER (WHERE f.n > 0 AND NOT h.still)::int AS transmitted_hours,
       count(f.hour) FILTER (WHERE f.valid AND NOT h.still)::int AS valid_hours
FROM watched w
LEFT JOIN hours h ON h.id = w.id
LEFT JOIN facts f ON f.point_id = h.id AND f.hour = h.hour
GROUP BY w.outlet, w.address, w.quantity ORDER BY w.outlet, w.address
