-- A gap that has just closed or opened changes what is known of the days inside it: mark them like the day it ends in.
INSERT INTO dirty_days (enterprise_id, day)
SELECT DISTINCT p.enterprise_id, inside::date
FROM (SELECT enterprise_id, day, min(marked_at) AS marked_at FROM dirty_days GROUP BY 1, 2) d
JOIN points p ON p.enterprise_id = d.enterprise_id
JOIN meter_steps s ON s.point_id = p.id
    AND s.to_ts > d.day::timestamp AT TIME ZONE %(timezone)s::text
    AND s.to_ts <= (d.day + 1)::timestamp AT TIME ZONE %(timezone)s::text
    AND s.computed_at >= d.marked_at - interval '1 minute'
CROSS JOIN generate_series((s.from_ts AT TIME ZONE %(timezone)s::text)::date::timestamp,
                           (d.day - 1)::timestamp, interval '1 day') AS inside
WHERE NOT s.in_hours
  AND NOT EXISTS (SELECT FROM dirty_days m WHERE m.enterprise_id = p.enterprise_id AND m.day = inside::date)
