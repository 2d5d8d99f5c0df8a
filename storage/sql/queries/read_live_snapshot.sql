-- Which transactions have ended by now.
SELECT pg_current_snapshot()::text
