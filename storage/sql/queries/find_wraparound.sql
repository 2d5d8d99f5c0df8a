-- How much of the transaction numbers is used up before the server must stop to clean, 0 to 1.
SELECT (age(datfrozenxid) / 2147483647.0)::float8 FROM pg_database WHERE datname = current_database()
