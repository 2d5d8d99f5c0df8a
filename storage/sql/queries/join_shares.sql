-- Where one ingestor reads every enterprise and no move is under way, it reads everything.
WITH mine AS (
    DELETE FROM ingest_shares
    WHERE enterprise <> '+'
      AND NOT EXISTS (SELECT FROM ingest_shares WHERE ingestor <> %(client_id)s::text OR successor IS NOT NULL)
    RETURNING ingestor
)
INSERT INTO ingest_shares (enterprise, ingestor) SELECT DISTINCT '+', ingestor FROM mine
