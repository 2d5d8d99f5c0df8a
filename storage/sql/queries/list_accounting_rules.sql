-- The newest version of every accounting rule.
SELECT DISTINCT ON (code) code, version, subject, name, body, is_default
FROM accounting_rules ORDER BY code, version DESC
