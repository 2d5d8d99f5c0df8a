-- An ingestor that has caught up offers what is to go to others.
UPDATE ingest_shares SET stage = 'offered' WHERE ingestor = %(client_id)s::text AND stage = 'wanted'
