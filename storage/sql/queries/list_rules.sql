-- All rules as they were written.
SELECT code, body, enabled, source FROM rules ORDER BY code
