-- Make the facts of these points' months from their days, and from gaps that lie within a month but no day; how many came out other.
WITH wanted AS (
    SELECT point_id, month, (month + interval '1 month')::date AS next,
           month::timestamp AT TIME ZONE %(timezone)s::text AS starts_at,
           (month + interval '1 month') AT TIME ZONE %(timezone)s::text AS ends_at
    FROM unnest(%(point_ids)s::int[], %(months)s::date[]) AS w (point_id, month)
), made AS MATERIALIZED (
    SELECT w.point_id, w.month, d.*, g.amount, extract(epoch FROM w.ends_at - w.starts_at)::int / 3600 AS hours,
           w.next - w.month AS days
    FROM wanted w
    CROSS JOIN LATERAL (
        SELECT count(*) AS seen, sum(n)::int AS n, sum(n_valid)::int AS n_valid, sum(minutes)::int AS minutes,
               sum(minute_mean * minutes) / nullif(sum(minutes) FILTER (WHERE minute_mean IS NOT NULL), 0) AS minute_mean,
               sum(mean * hours_valid) / nullif(sum(hours_valid) FILTER (WHERE mean IS NOT NULL), 0) AS mean,
               min(min) AS min, max(max) AS max, sum(delta) AS delta, sum(hours_valid)::int AS hours_valid,
               sum(hours_complete)::int AS hours_complete, count(*) FILTER (WHERE valid)::int AS days_valid
        FROM daily_facts f WHERE f.point_id = w.point_id AND f.day >= w.month AND f.day < w.next
    ) d
    CROSS JOIN LATERAL (
        SELECT sum(amount) AS amount FROM meter_steps s
        WHERE s.point_id = w.point_id AND NOT s.in_hours AND s.amount IS NOT NULL
          AND s.from_ts >= w.starts_at AND s.from_ts < w.ends_at AND s.to_ts <= w.ends_at
          AND (s.from_ts AT TIME ZONE %(timezone)s::text)::date
              < ((s.to_ts - interval '1 microsecond') AT TIME ZONE %(timezone)s::text)::date
    ) g
), gone AS (
    DELETE FROM monthly_facts f USING made m
    WHERE f.point_id = m.point_id AND f.month = m.month AND m.seen = 0 AND m.amount IS NULL
    RETURNING f.point_id
), written AS (
    INSERT INTO monthly_facts AS f (point_id, month, n, n_valid, minutes, minute_mean, mean, min, max, delta, hours,
                                    hours_valid, hours_complete, days, days_valid)
    SELECT point_id, month, coalesce(n, 0), coalesce(n_valid, 0), coalesce(minutes, 0), minute_mean, mean, min, max,
           CASE WHEN delta IS NOT NULL OR amount IS NOT NULL THEN coalesce(delta, 0) + coalesce(amount, 0) END,
           hours, coalesce(hours_valid, 0), coalesce(hours_complete, 0), days, days_valid
    FROM made WHERE seen > 0 OR amount IS NOT NULL
    ON CONFLICT (point_id, month) DO UPDATE SET
        n = excluded.n, n_valid = excluded.n_valid, minutes = excluded.minutes, minute_mean = excluded.minute_mean,
        mean = excluded.mean, min = excluded.min, max = excluded.max, delta = excluded.delta, hours = excluded.hours,
        hours_valid = excluded.hours_valid, hours_complete = excluded.hours_complete, days = excluded.days,
        days_valid = excluded.days_valid, computed_at = now()
    WHERE (f.n, f.n_valid, f.minutes, f.minute_mean, f.mean, f.min, f.max, f.delta, f.hours, f.hours_valid,
           f.hours_complete, f.days, f.days_valid) IS DISTINCT FROM
          (excluded.n, excluded.n_valid, excluded.minutes, excluded.minute_mean, excluded.mean, excluded.min, excluded.max,
           excluded.delta, excluded.hours, excluded.hours_valid, excluded.hours_complete, excluded.days, excluded.days_valid)
    RETURNING f.point_id
)
SELECT (SELECT count(*) FROM gone) + (SELECT count(*) FROM written)
