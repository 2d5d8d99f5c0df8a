-- Columns that hold the number of the transaction that changed the row; the numbers mean nothing on another server.
SELECT c.relname AS "table", a.attname AS "column"
FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE n.nspname = 'public' AND c.relkind IN ('r', 'p') AND NOT c.relispartition
  AND a.atttypid = 'xid8'::regtype AND a.attnum > 0 AND NOT a.attisdropped
ORDER BY c.relname, a.attname
