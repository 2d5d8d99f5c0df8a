-- Where rows of green_power land before they are compared with what is stored.
CREATE TEMP TABLE IF NOT EXISTS incoming_green_power (LIKE green_power INCLUDING DEFAULTS) ON COMMIT DELETE ROWS
