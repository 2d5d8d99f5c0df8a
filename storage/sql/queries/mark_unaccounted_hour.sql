-- An hour that has passed changes the coverage of its day: mark the day until the hour is in the accounts.
INSERT INTO dirty_days (enterprise_id, day)
SELECT e.id, (%(hour)s::timestamptz AT TIME ZONE %(timezone)s::text)::date
FROM enterprises e
WHERE NOT EXISTS (SELECT FROM green_power g WHERE g.scope = 'city' AND g.grain = 'hour'
                  AND g.starts_at = %(hour)s::timestamptz AND g.coverage IS NOT NULL)
  AND EXISTS (SELECT FROM hourly_facts)
ORDER BY e.id LIMIT 1
