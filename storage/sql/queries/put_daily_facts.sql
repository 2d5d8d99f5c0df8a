-- Make the facts of these points' days from their hours, and from gaps that lie within one of them; how many came out other.
WITH wanted AS (
    SELECT point_id, day, day::timestamp AT TIME ZONE %(timezone)s::text AS starts_at,
           (day + 1)::timestamp AT TIME ZONE %(timezone)s::text AS ends_at
    FROM unnest(%(point_ids)s::int[], %(days)s::date[]) AS w (point_id, day)
), made AS MATERIALIZED (
    SELECT w.point_id, w.day, h.*, g.amount, extract(epoch FROM w.ends_at - w.starts_at)::int / 3600 AS hours
    FROM wanted w
    CROSS JOIN LATERAL (
        SELECT count(*) AS seen, sum(n)::int AS n, sum(n_valid)::int AS n_valid,
               coalesce(sum(coalesce(minutes, n_valid)), 0)::int AS minutes,
               sum(mean * coalesce(minutes, n_valid)) / nullif(sum(coalesce(minutes, n_valid)) FILTER (WHERE mean IS NOT NULL), 0)
                   AS minute_mean,
               avg(mean) FILTER (WHERE valid) AS mean, min(min) AS min, max(max) AS max, sum(delta) AS delta,
               count(*) FILTER (WHERE valid)::int AS hours_valid,
               count(*) FILTER (WHERE valid AND delta IS NOT NULL)::int AS hours_complete
        FROM hourly_facts f WHERE f.point_id = w.point_id AND f.hour >= w.starts_at AND f.hour < w.ends_at
    ) h
    CROSS JOIN LATERAL (
        SELECT sum(amount) AS amount FROM meter_steps s
        WHERE s.point_id = w.point_id AND NOT s.in_hours AND s.amount IS NOT NULL
          AND s.from_ts >= w.starts_at AND s.from_ts < w.ends_at AND s.to_ts <= w.ends_at
    ) g
), gone AS (
    DELETE FROM daily_facts d USING made m
    WHERE d.point_id = m.point_id AND d.day = m.day AND m.seen = 0 AND m.amount IS NULL
    RETURNING d.point_id
), written AS (
    INSERT INTO daily_facts AS d (point_id, day, n, n_valid, minutes, minute_mean, mean, min, max, delta, hours, hours_valid,
                                  hours_complete, valid)
    SELECT point_id, day, coalesce(n, 0), coalesce(n_valid, 0), minutes, minute_mean, mean, min, max,
           CASE WHEN delta IS NOT NULL OR amount IS NOT NULL THEN coalesce(delta, 0) + coalesce(amount, 0) END,
           hours, hours_valid, hours_complete, hours_valid >= 20
    FROM made WHERE seen > 0 OR amount IS NOT NULL
    ON CONFLICT (point_id, day) DO UPDATE SET
        n = excluded.n, n_valid = excluded.n_valid, minutes = excluded.minutes, minute_mean = excluded.minute_mean,
        mean = excluded.mean, min = excluded.min, max = excluded.max, delta = excluded.delta, hours = excluded.hours,
        hours_valid = excluded.hours_valid, hours_complete = excluded.hours_complete, valid = excluded.valid,
        computed_at = now()
    WHERE (d.n, d.n_valid, d.minutes, d.minute_mean, d.mean, d.min, d.max, d.delta, d.hours, d.hours_valid,
           d.hours_complete, d.valid) IS DISTINCT FROM
          (excluded.n, excluded.n_valid, excluded.minutes, excluded.minute_mean, excluded.mean, excluded.min, excluded.max,
           excluded.delta, excluded.hours, excluded.hours_valid, excluded.hours_complete, excluded.valid)
    RETURNING d.point_id
)
SELECT (SELECT count(*) FROM gone) + (SELECT count(*) FROM written)
