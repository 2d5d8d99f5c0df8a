-- The parts that were ever alive.
SELECT part, beat_at, well FROM heartbeats ORDER BY part
