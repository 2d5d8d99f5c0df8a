-- The books of each enterprise, all days together.
SELECT enterprise, sum(received)::float8 AS received, sum(stored)::float8 AS stored, sum(duplicate)::float8 AS duplicate,
       sum(corrected)::float8 AS corrected, sum(rejected)::float8 AS rejected
FROM ledger GROUP BY enterprise ORDER BY enterprise
