-- Hours of some windows that hold nothing any more: all but the given ones.
DELETE FROM hourly_facts f
USING unnest(%(point_ids)s::int[], %(starts)s::timestamptz[], %(ends)s::timestamptz[]) AS w (point_id, starts, ends)
WHERE f.point_id = w.point_id AND f.hour >= w.starts AND f.hour < w.ends
  AND (f.point_id, f.hour) NOT IN (
      SELECT point_id, timestamptz 'epoch' + hour_us * interval '1 microsecond'
      FROM unnest(%(kept_point_ids)s::int[], %(kept_hours_us)s::bigint[]) AS kept (point_id, hour_us))
RETURNING f.point_id, f.hour
