-- An ingestor is gone for good; only one that reads nothing can be.
WITH gone AS (
    DELETE FROM ingestors WHERE client_id = %(client_id)s::text
    AND NOT EXISTS (SELECT FROM ingest_shares s WHERE %(client_id)s::text IN (s.ingestor, s.successor))
    RETURNING client_id
)
DELETE FROM heartbeats WHERE part IN (SELECT client_id FROM gone)
