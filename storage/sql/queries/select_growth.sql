-- Size of the database, its readings, and how many more a day over the last seven whole days; by the books, not counted.
SELECT pg_database_size(current_database())::float8 AS bytes,
       coalesce((SELECT sum(stored) / 7.0 FROM ledger
                 WHERE day >= %(today)s::date - 7 AND day < %(today)s::date), 0)::float8 AS readings_a_day,
       ((SELECT coalesce(sum(stored), 0) FROM ledger)
        - (SELECT coalesce(sum(dropped), 0) FROM dropped_readings))::float8 AS readings
