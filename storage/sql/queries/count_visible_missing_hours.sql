-- Hours of [from, to) of an enterprise's points, since each was first heard, without a reading and without a mark in force.
WITH watched AS (
    SELECT p.id, least(%(to)s::timestamptz, p.retired_at) AS until,
           greatest(%(from)s::timestamptz, (SELECT min(f.hour) FROM visible.hourly_facts f WHERE f.point_id = p.id)) AS since,
           EXISTS (SELECT FROM visible.hourly_facts f WHERE f.point_id = p.id) AS heard
    FROM visible.points p
    WHERE p.enterprise = %(enterprise)s::text AND p.source <> 'seen'
)
SELECT count(*)::int
FROM watched w CROSS JOIN LATERAL generate_series(w.since, w.until - interval '1 hour', interval '1 hour') AS due (hour)
WHERE w.heard
  AND NOT EXISTS (SELECT FROM visible.hourly_facts f WHERE f.point_id = w.id AND f.hour = due.hour AND f.n > 0)
  AND NOT EXISTS (SELECT FROM visible.marks_of_points m WHERE m.point_id = w.id AND m.state = 'in_force'
                    AND m.from_ts < due.hour + interval '1 hour' AND m.to_ts > due.hour)
