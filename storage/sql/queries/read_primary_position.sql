-- How far this primary is: what it has acknowledged lies before `reached` (bytes of its log). Nothing where that cannot be said.
SELECT system_identifier::text AS system, ('x' || substr(pg_walfile_name(flushed), 1, 8))::bit(32)::int AS timeline,
       (flushed - '0/0'::pg_lsn)::bigint AS reached
FROM pg_control_system(), LATERAL (
    -- a standby writes no log, and without synchronous_commit a commit is seen before it is in the log
    SELECT CASE WHEN NOT pg_is_in_recovery() AND current_setting('synchronous_commit') <> 'off' THEN pg_current_wal_flush_lsn() END
) AS log (flushed)
WHERE flushed IS NOT NULL
