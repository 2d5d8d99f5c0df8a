-- The tracks that observations in these windows can change: those not inactive, and alerts that span a window.
SELECT s.rule, s.point_id
FROM unnest(%(point_ids)s::int[]) AS w (point_id)
JOIN alert_states s ON s.point_id = w.point_id AND s.state <> 'inactive'
UNION
SELECT a.rule, a.point_id
FROM unnest(%(point_ids)s::int[], %(first)s::timestamptz[], %(last)s::timestamptz[]) AS w (point_id, first, last)
JOIN alerts a ON a.point_id = w.point_id AND a.opened_at <= w.last AND coalesce(a.resolved_at, 'infinity') >= w.first
WHERE a.state <> 'withdrawn'
