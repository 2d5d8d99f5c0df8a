-- Pollutants measured at stacks, NMHC (a24088) first.
SELECT DISTINCT quantity AS __value, quantity AS __text, quantity <> 'a24088' AS position
FROM visible.points WHERE role = 'stack' AND kind = 'gauge' ORDER BY position, __value
