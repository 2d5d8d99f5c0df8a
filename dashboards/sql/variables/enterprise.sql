-- Enterprises by code, shown with their names.
SELECT name || ' ' || code AS __text, code AS __value FROM visible.enterprises WHERE retired_at IS NULL ORDER BY code
