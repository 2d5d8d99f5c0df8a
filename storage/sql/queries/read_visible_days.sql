-- A point's days in [from, to) whose facts are settled, as steps: no mark waits on the day or on one of its hours.
SELECT f.day::timestamp AT TIME ZONE c.timezone AS ts, f.minute_mean AS mean, f.min, f.max, f.n, f.n_valid, f.minutes
FROM visible.daily_facts f JOIN visible.fact_calendar c ON c.timezone = %(timezone)s::text
WHERE f.point_id = %(point_id)s::int AND f.day >= %(from_day)s::date AND f.day < %(to_day)s::date
  AND NOT EXISTS (SELECT FROM visible.dirty_point_days d WHERE d.point_id = %(point_id)s::int AND d.day = f.day)
  AND NOT EXISTS (SELECT FROM visible.dirty_hours h WHERE h.point_id = %(point_id)s::int
                  AND h.hour >= f.day::timestamp AT TIME ZONE c.timezone
                  AND h.hour < (f.day + 1)::timestamp AT TIME ZONE c.timezone)
ORDER BY f.day
