-- What a server's settings do to its replicas: whether it tells its readers' needs, and how much log it keeps for one that is away.
SELECT current_setting('hot_standby_feedback') = 'on' AS tells, current_setting('max_slot_wal_keep_size') = '-1' AS keeps_all,
       EXISTS (SELECT FROM pg_replication_slots WHERE slot_type = 'physical') AS has_slot
