-- Every enterprise that a topic may name, with its number of points.
SELECT e.code AS enterprise, count(p.id) AS points FROM enterprises e LEFT JOIN points p ON p.enterprise_id = e.id GROUP BY e.code ORDER BY e.code
