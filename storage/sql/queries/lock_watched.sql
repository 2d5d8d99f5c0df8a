-- One judge at a time for each enterprise; taken in the order given, held until the transaction ends.
SELECT pg_advisory_xact_lock(%(space)s::int, enterprise_id) FROM unnest(%(enterprise_ids)s::int[]) AS enterprise_id
