-- Windows of ten minutes of these points in a range: the mean of valid minute means, and how much valid readings cover.
-- What is beside a window has no say in it, so that it is the same in every range.
WITH spans AS (
    SELECT point_id, kind, from_ts, to_ts, automatic FROM marks_of_points
    WHERE state = 'in_force' AND point_id = ANY (%(point_ids)s::int[])
      AND from_ts <= %(until)s::timestamptz AND to_ts > %(first)s::timestamptz
), stamped AS MATERIALIZED (
    SELECT r.point_id, r.ts, r.value, r.flag, p.kind, p.interval_s, p.plausible_low, p.plausible_high,
           r.ts - (p.kind = 'interval')::int * interval '1 microsecond' AS at
    FROM readings r JOIN points p ON p.id = r.point_id
    WHERE r.point_id = ANY (%(point_ids)s::int[])
      AND r.ts >= %(first)s::timestamptz AND r.ts <= %(until)s::timestamptz
), seen AS (
    SELECT r.point_id, r.interval_s, r.value, r.at,
           extract(epoch FROM CASE WHEN r.kind = 'interval' THEN r.ts - lag(r.ts) OVER beside
               ELSE coalesce(lead(r.ts) OVER beside - r.ts, r.ts - lag(r.ts) OVER beside) END) AS spacing_s,
           r.flag = 'N' AND r.value BETWEEN coalesce(r.plausible_low, '-infinity') AND coalesce(r.plausible_high, 'infinity')
           AND NOT EXISTS (
               SELECT FROM spans m
               WHERE m.point_id = r.point_id AND m.from_ts <= r.ts AND r.ts < m.to_ts
                 AND m.kind IN ('fault', 'calibration', 'maintenance')
                 AND NOT (m.automatic AND EXISTS (
                     SELECT FROM spans h
                     WHERE h.point_id = r.point_id AND h.from_ts <= r.ts AND r.ts < h.to_ts AND NOT h.automatic))
           ) AS ok
    FROM stamped r
    WINDOW beside AS (PARTITION BY r.point_id, date_bin('10 minutes', r.at, 'epoch') ORDER BY r.ts)
), minutes AS (
    SELECT point_id, date_bin('1 minute', at, 'epoch') AS minute, count(*) AS n, count(*) FILTER (WHERE ok) AS n_valid,
           avg(value) FILTER (WHERE ok) AS mean,
           sum(least(interval_s, 600, CASE WHEN spacing_s < 0.9 * interval_s THEN spacing_s ELSE interval_s END))
               FILTER (WHERE ok) AS covered_s
    FROM seen
    WHERE at >= %(first)s::timestamptz AND at < %(until)s::timestamptz
    GROUP BY point_id, minute
)
SELECT point_id, (extract(epoch FROM start) * 1000000)::bigint AS start_us, mean, n, n_valid, covered_s, covered_s >= 450 AS valid
FROM (
    SELECT point_id, date_bin('10 minutes', minute, 'epoch') AS start, avg(mean) AS mean, sum(n)::bigint AS n,
           sum(n_valid)::bigint AS n_valid, least(coalesce(sum(covered_s), 0), 600)::float8 AS covered_s
    FROM minutes GROUP BY point_id, start
) windows
ORDER BY point_id, start
