-- An enterprise whose ingestor has not subscribed to it yet, if there is one.
SELECT enterprise FROM ingest_shares WHERE taken_at IS NULL ORDER BY enterprise LIMIT 1
