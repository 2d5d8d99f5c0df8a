-- Enterprises that nobody reads go one after the other to whoever has the fewest; nothing where one ingestor reads all.
WITH load AS (
    SELECT coalesce(successor, ingestor) AS ingestor, count(*) AS n FROM ingest_shares GROUP BY 1
), new AS (
    SELECT code, row_number() OVER (ORDER BY code) AS place FROM enterprises
    WHERE code NOT IN (SELECT enterprise FROM ingest_shares)
), seats AS (
    SELECT ingestor, row_number() OVER (ORDER BY n + extra, ingestor) AS place
    FROM load, generate_series(0, (SELECT count(*) FROM new)::int) AS extra
)
INSERT INTO ingest_shares (enterprise, ingestor)
SELECT new.code, seats.ingestor FROM new JOIN seats USING (place)
WHERE NOT EXISTS (SELECT FROM ingest_shares WHERE enterprise = '+')
ON CONFLICT (enterprise) DO NOTHING
RETURNING enterprise
