-- The cause of these alerts is gone; they stay on record.
UPDATE alerts SET state = 'withdrawn', changed_in = pg_current_xact_id() WHERE id = ANY (%(ids)s::bigint[])
