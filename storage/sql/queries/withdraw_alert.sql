-- The cause of an alert is gone; it stays on record.
UPDATE alerts SET state = 'withdrawn', changed_in = pg_current_xact_id() WHERE id = %(id)s::bigint
