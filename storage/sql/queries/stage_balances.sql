-- Where rows of energy_balances land before they are compared with what is stored.
CREATE TEMP TABLE IF NOT EXISTS incoming_balances (LIKE energy_balances INCLUDING DEFAULTS) ON COMMIT DELETE ROWS
