-- Hours of [from, to) of an enterprise's points since each was first heard: due, with a reading, and valid.
WITH watched AS (
    SELECT p.id, least(%(to)s::timestamptz, p.retired_at) AS until,
           greatest(%(from)s::timestamptz, (SELECT min(f.hour) FROM visible.hourly_facts f WHERE f.point_id = p.id)) AS since,
           EXISTS (SELECT FROM visible.hourly_facts f WHERE f.point_id = p.id) AS heard
    FROM visible.points p
    WHERE p.enterprise = %(enterprise)s::text AND p.source <> 'seen'
)
SELECT coalesce(sum(floor(extract(epoch FROM w.until - w.since) / 3600)), 0)::int AS due_hours,
       coalesce(sum(c.heard), 0)::int AS heard_hours, coalesce(sum(c.valid), 0)::int AS valid_hours
FROM watched w
CROSS JOIN LATERAL (
    SELECT count(*) FILTER (WHERE f.n > 0) AS heard, count(*) FILTER (WHERE f.valid) AS valid FROM visible.hourly_facts f
    WHERE f.point_id = w.id AND f.hour >= w.since AND f.hour < w.until) c
WHERE w.heard AND w.since < w.until
