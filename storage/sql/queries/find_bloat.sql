-- Tables of which more than a fifth, and at least 50,000 rows, are dead.
SELECT schemaname || '.' || relname AS "table", n_dead_tup AS dead, n_live_tup AS live, last_autovacuum
FROM pg_stat_user_tables
WHERE n_dead_tup > 50000 AND n_dead_tup > 0.25 * n_live_tup
ORDER BY n_dead_tup DESC LIMIT 5
