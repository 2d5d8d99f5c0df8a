-- Size of the database, and readings committed a day over the last seven whole days, by the ledger.
SELECT pg_database_size(current_database())::float8 AS bytes,
       coalesce((SELECT sum(stored) / 7.0 FROM ledger
                 WHERE day >= %(today)s::date - 7 AND day < %(today)s::date), 0)::float8 AS readings_a_day,
       (SELECT coalesce(sum(stored), 0) FROM ledger)::float8 AS readings
