-- What keeps the server from cleaning up: transactions open for longer than an hour, slots that nobody reads.
SELECT 'transaction of ' || coalesce(nullif(application_name, ''), usename, '?') AS holder,
       extract(epoch FROM clock_timestamp() - xact_start)::float8 AS age_s
FROM pg_stat_activity
WHERE backend_type = 'client backend' AND datname = current_database() AND pid <> pg_backend_pid()
  AND xact_start < clock_timestamp() - interval '1 hour'
UNION ALL
SELECT 'replication slot ' || slot_name, NULL FROM pg_replication_slots WHERE NOT active
ORDER BY 1
