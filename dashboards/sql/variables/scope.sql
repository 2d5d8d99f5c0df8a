-- The city and its parks.
SELECT '全市 / City' AS __text, 'city' AS __value, 0 AS position
UNION ALL
SELECT name || ' ' || code, 'park:' || code, 1 FROM visible.parks
ORDER BY position, __value
