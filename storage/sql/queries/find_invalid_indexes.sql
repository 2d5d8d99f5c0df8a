-- Indexes that were begun and not finished: they cost writes and answer nothing.
SELECT indexrelid::regclass::text FROM pg_index WHERE NOT indisvalid OR NOT indisready ORDER BY 1
