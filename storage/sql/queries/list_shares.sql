-- Who reads whose messages, and to whom they are to go.
SELECT enterprise, ingestor, taken_at, successor, stage FROM ingest_shares ORDER BY enterprise
