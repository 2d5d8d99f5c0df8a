-- Stretches of [from, to) in which a point of an enterprise, once heard, sent nothing for three intervals and at least five
-- minutes, the longest first; whether a mark in force covers the whole of one. In all of them, how many and how long.
WITH watched AS (
    SELECT p.id, p.address, p.name, greatest(3 * p.interval_s, 300) AS patience_s,
           least(%(to)s::timestamptz, p.retired_at) AS until,
           greatest(%(from)s::timestamptz, (SELECT min(f.hour) FROM visible.hourly_facts f WHERE f.point_id = p.id)) AS since,
           EXISTS (SELECT FROM visible.hourly_facts f WHERE f.point_id = p.id) AS heard
    FROM visible.points p
    WHERE p.enterprise = %(enterprise)s::text AND p.source <> 'seen'
), gaps AS (
    SELECT w.id, w.address AS point, w.name, g.from_ts, g.to_ts
    FROM watched w
    CROSS JOIN LATERAL (
        SELECT lag(s.ts) OVER (ORDER BY s.ts) AS from_ts, s.ts AS to_ts
        FROM (SELECT w.since AS ts UNION ALL SELECT w.until
              UNION ALL SELECT r.ts FROM visible.readings r WHERE r.point_id = w.id AND r.ts > w.since AND r.ts < w.until) s) g
    WHERE w.heard AND w.since < w.until AND extract(epoch FROM g.to_ts - g.from_ts) > w.patience_s
)
SELECT g.point, g.name, g.from_ts, g.to_ts,
       EXISTS (SELECT FROM visible.marks_of_points m WHERE m.point_id = g.id AND m.state = 'in_force'
                 AND m.from_ts <= g.from_ts AND m.to_ts >= g.to_ts) AS marked,
       count(*) OVER ()::int AS gaps, sum(extract(epoch FROM g.to_ts - g.from_ts)) OVER ()::float8 AS gaps_s,
       (SELECT count(DISTINCT x.point) FROM gaps x)::int AS points
FROM gaps g ORDER BY g.to_ts - g.from_ts DESC, g.point, g.from_ts LIMIT %(limit)s::int
