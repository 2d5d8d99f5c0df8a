-- Hours of [from, to) of an enterprise's points since each was first heard: due, with a reading, and valid.
WITH watched AS MATERIALIZED (
    SELECT p.id, p.address, least(%(to)s::timestamptz, p.retired_at) AS until, greatest(%(from)s::timestamptz, first.hour) AS since
    FROM visible.points p
    CROSS JOIN LATERAL (SELECT f.hour FROM visible.hourly_facts f WHERE f.point_id = p.id ORDER BY f.hour LIMIT 1) first
    WHERE p.enterprise = %(enterprise)s::text AND p.source <> 'seen'
), facts AS MATERIALIZED (
    SELECT f.point_id, f.hour, f.n, f.valid FROM watched w JOIN visible.hourly_facts f ON f.point_id = w.id
    WHERE f.hour >= %(from)s::timestamptz AND f.hour < %(to)s::timestamptz
)
SELECT coalesce(sum(floor(extract(epoch FROM w.until - w.since) / 3600)), 0)::int AS due_hours,
       coalesce(sum(c.heard), 0)::int AS heard_hours, coalesce(sum(c.valid), 0)::int AS valid_hours
FROM watched w
LEFT JOIN (SELECT f.point_id, count(*) FILTER (WHERE f.n > 0) AS heard, count(*) FILTER (WHERE f.valid) AS valid
           FROM facts f JOIN watched s ON s.id = f.point_id AND f.hour >= s.since AND f.hour < s.until
           GROUP BY f.point_id) c ON c.point_id = w.id
WHERE w.since < w.until
