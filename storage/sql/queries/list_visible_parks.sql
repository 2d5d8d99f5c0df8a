-- Parks the caller may see.
SELECT code, name FROM visible.parks ORDER BY code
