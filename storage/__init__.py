"""The database: migrations, queries in files, and the functions that run them. The only home of psycopg."""
