-- Steps that overlap some windows (of interval points: end in them) and are no longer found there.
-- One that began before readings were dropped could not be found again: it stands.
DELETE FROM meter_steps s
USING unnest(%(point_ids)s::int[], %(starts)s::timestamptz[], %(ends)s::timestamptz[], %(by_end)s::boolean[])
    AS w (point_id, starts, ends, by_end)
WHERE s.point_id = w.point_id AND s.to_ts > w.starts
  AND CASE WHEN w.by_end THEN s.to_ts <= w.ends ELSE s.from_ts < w.ends END
  AND s.from_ts >= coalesce((SELECT settled_before FROM retention_lines WHERE level = 'readings'), '-infinity')
  AND (s.point_id, s.from_ts) NOT IN (
      SELECT point_id, from_ts FROM unnest(%(kept_point_ids)s::int[], %(kept_from)s::timestamptz[]) AS kept (point_id, from_ts))
RETURNING s.point_id, s.from_ts, s.to_ts
