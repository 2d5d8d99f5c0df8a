-- Replace the share of everything by one of each enterprise, at the same ingestor.
WITH everything AS (DELETE FROM ingest_shares WHERE enterprise = '+' RETURNING ingestor)
INSERT INTO ingest_shares (enterprise, ingestor)
SELECT e.code, everything.ingestor FROM enterprises e, everything
