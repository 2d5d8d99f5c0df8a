-- Refused readings of each enterprise by reason, all days together.
SELECT enterprise, reason, sum(rejected)::float8 AS rejected FROM ledger_reasons GROUP BY enterprise, reason ORDER BY 1, 2
