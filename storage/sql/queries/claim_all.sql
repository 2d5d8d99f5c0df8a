-- The first ingestor reads everything.
INSERT INTO ingest_shares (enterprise, ingestor)
SELECT '+', %(client_id)s::text WHERE NOT EXISTS (SELECT FROM ingest_shares)
