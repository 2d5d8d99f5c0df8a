-- An ingestor has left an enterprise, with all that it had of it committed: it is its successor's.
UPDATE ingest_shares SET ingestor = successor, taken_at = now(), successor = NULL, stage = NULL
WHERE enterprise = %(enterprise)s::text AND ingestor = %(client_id)s::text AND stage = 'secured'
