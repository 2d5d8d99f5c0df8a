-- Which of these points have, in these spans, a step that readings hours away may have decided.
SELECT DISTINCT w.point_id
FROM unnest(%(point_ids)s::int[], %(firsts)s::timestamptz[], %(lasts)s::timestamptz[]) AS w (point_id, first, last)
JOIN meter_steps s ON s.point_id = w.point_id AND s.from_ts < w.last AND s.to_ts > w.first
WHERE s.kind <> 'gap'
