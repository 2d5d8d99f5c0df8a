-- The broker has this ingestor's subscriptions.
UPDATE ingest_shares SET taken_at = now()
WHERE ingestor = %(client_id)s::text AND taken_at IS NULL AND enterprise = ANY (%(enterprises)s::text[])
