-- Where a day's evidence waits while the day is dropped.
CREATE TEMP TABLE IF NOT EXISTS evidence_readings (LIKE readings) ON COMMIT DELETE ROWS
