-- The UTC day before which no day of readings is left.
SELECT (dropped_before AT TIME ZONE 'UTC')::date FROM retention_lines
WHERE level = 'readings' AND dropped_before > '-infinity'
