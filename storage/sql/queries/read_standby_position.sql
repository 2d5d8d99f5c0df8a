-- How far this standby is in its primary's log, and how old the newest commit is that it shows. Nothing on a primary.
SELECT system_identifier::text AS system, greatest(timeline_id, min_recovery_end_timeline) AS timeline,
       (pg_last_wal_replay_lsn() - '0/0'::pg_lsn)::bigint AS reached,
       coalesce(extract(epoch FROM clock_timestamp() - pg_last_xact_replay_timestamp()), 0)::float8 AS age_s
FROM pg_control_system(), pg_control_checkpoint(), pg_control_recovery()
WHERE pg_is_in_recovery() AND pg_last_wal_replay_lsn() IS NOT NULL
