-- Enterprises with their groups.
SELECT e.id, e.code, p.code AS park, e.industry FROM enterprises e JOIN parks p ON p.id = e.park_id ORDER BY e.id
