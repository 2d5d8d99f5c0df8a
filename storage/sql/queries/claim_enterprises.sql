-- An ingestor takes the enterprises it was told to take, where nobody has them.
INSERT INTO ingest_shares (enterprise, ingestor)
SELECT e, %(client_id)s::text FROM unnest(%(enterprises)s::text[]) AS e
WHERE NOT EXISTS (SELECT FROM ingest_shares WHERE enterprise = '+')
ON CONFLICT (enterprise) DO NOTHING
