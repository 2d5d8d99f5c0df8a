-- Stretches of [from, to) in which a point of an enterprise, once heard, sent nothing for three intervals and at least five
-- minutes, the longest first; whether a mark in force covers the whole of one. In all of them, how many and how long.
WITH watched AS MATERIALIZED (
    SELECT p.id, p.address, p.name, greatest(3 * p.interval_s, 300) AS patience_s,
           least(%(to)s::timestamptz, p.retired_at) AS until, greatest(%(from)s::timestamptz, first.hour) AS since
    FROM visible.points p
    CROSS JOIN LATERAL (SELECT f.hour FROM visible.hourly_facts f WHERE f.point_id = p.id ORDER BY f.hour LIMIT 1) first
    WHERE p.enterprise = %(enterprise)s::text AND p.source <> 'seen'
), stamps AS (
    SELECT w.id, r.ts FROM watched w JOIN visible.readings r ON r.point_id = w.id AND r.ts > w.since AND r.ts < w.until
    WHERE r.ts >= %(from)s::timestamptz AND r.ts < %(to)s::timestamptz
    UNION ALL SELECT w.id, w.since FROM watched w UNION ALL SELECT w.id, w.until FROM watched w
), steps AS (
    SELECT s.id, lag(s.ts) OVER (PARTITION BY s.id ORDER BY s.ts) AS from_ts, s.ts AS to_ts FROM stamps s
), gaps AS MATERIALIZED (
    SELECT w.id, w.address AS point, w.name, s.from_ts, s.to_ts FROM watched w JOIN steps s ON s.id = w.id
    WHERE w.since < w.until AND extract(epoch FROM s.to_ts - s.from_ts) > w.patience_s
)
SELECT g.point, g.name, g.from_ts, g.to_ts,
       EXISTS (SELECT FROM visible.marks_of_points m WHERE m.point_id = g.id AND m.state = 'in_force'
                 AND m.from_ts <= g.from_ts AND m.to_ts >= g.to_ts) AS marked,
       count(*) OVER ()::int AS gaps, sum(extract(epoch FROM g.to_ts - g.from_ts)) OVER ()::float8 AS gaps_s,
       (SELECT count(DISTINCT x.point) FROM gaps x)::int AS points
FROM gaps g ORDER BY g.to_ts - g.from_ts DESC, g.point, g.from_ts LIMIT %(limit)s::int
