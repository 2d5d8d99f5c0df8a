-- The first and the last instant of all readings.
SELECT min(ts) AS first, max(ts) AS last FROM readings
