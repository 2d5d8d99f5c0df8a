-- Hours of some windows that hold nothing any more: all but the given ones. OFFSET 0: each window is looked up by its key;
-- a plan for many windows would read the facts of all years for each batch.
DELETE FROM hourly_facts WHERE ctid = ANY (ARRAY(
    SELECT f.ctid
    FROM unnest(%(point_ids)s::int[], %(starts)s::timestamptz[], %(ends)s::timestamptz[]) AS w (point_id, starts, ends)
    CROSS JOIN LATERAL (
        SELECT ctid, point_id, hour FROM hourly_facts
        WHERE point_id = w.point_id AND hour >= w.starts AND hour < w.ends
        OFFSET 0) f
    WHERE (f.point_id, f.hour) NOT IN (
        SELECT point_id, timestamptz 'epoch' + hour_us * interval '1 microsecond'
        FROM unnest(%(kept_point_ids)s::int[], %(kept_hours_us)s::bigint[]) AS kept (point_id, hour_us))))
RETURNING point_id, hour
