-- Of each outlet point the hours of [from, to): elapsed since it was first heard, standing still, transmitted and valid.
WITH watched AS (
    SELECT p.id, p.outlet, p.address, p.quantity,
           greatest(%(from)s::timestamptz, (SELECT date_trunc('hour', min(f.hour)) FROM visible.hourly_facts f WHERE f.point_id = p.id)) AS since,
           least(%(to)s::timestamptz, p.retired_at) AS until
    FROM visible.points p
    WHERE p.enterprise = %(enterprise)s::text AND p.outlet IS NOT NULL AND p.source <> 'seen' AND p.role = 'stack'
), hours AS (
    SELECT w.id, hour, EXISTS (
               SELECT FROM visible.marks_of_points m WHERE m.point_id = w.id AND m.kind = 'standstill' AND m.state = 'in_force'
                 AND m.from_ts <= hour AND m.to_ts >= hour + interval '1 hour') AS still
    FROM watched w CROSS JOIN LATERAL generate_series(w.since, w.until - interval '1 hour', interval '1 hour') AS hour
)
SELECT w.outlet, w.address, w.quantity, count(h.hour)::int AS elapsed_hours, count(h.hour) FILTER (WHERE h.still)::int AS standstill_hours,
       count(f.hour) FILTER (WHERE f.n > 0 AND NOT h.still)::int AS transmitted_hours,
       count(f.hour) FILTER (WHERE f.valid AND NOT h.still)::int AS valid_hours
FROM watched w
LEFT JOIN hours h ON h.id = w.id
LEFT JOIN visible.hourly_facts f ON f.point_id = h.id AND f.hour = h.hour
GROUP BY w.outlet, w.address, w.quantity ORDER BY w.outlet, w.address
