-- The rules in use, as they were written.
SELECT code, body FROM visible.rules WHERE enabled ORDER BY code
