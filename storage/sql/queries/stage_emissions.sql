-- Where rows of emissions land before they are compared with what is stored.
CREATE TEMP TABLE IF NOT EXISTS incoming_emissions (LIKE emissions INCLUDING DEFAULTS) ON COMMIT DELETE ROWS
