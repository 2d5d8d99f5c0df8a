-- Settings of the server by which committed readings can be lost or damage stays unseen.
SELECT name, setting FROM pg_settings
WHERE (name IN ('fsync', 'full_page_writes', 'synchronous_commit') AND setting = 'off')
   OR (name = 'data_checksums' AND setting = 'off')
   OR (name = 'default_transaction_read_only' AND setting = 'on')
ORDER BY name
