-- Of each enterprise the stored readings by the ledger and by the table, those that were dropped from it included.
WITH present AS (
    SELECT e.code, count(*) AS n
    FROM readings r JOIN points p ON p.id = r.point_id JOIN enterprises e ON e.id = p.enterprise_id
    GROUP BY e.code
), dropped AS (
    SELECT enterprise, sum(dropped)::bigint AS n FROM dropped_readings GROUP BY enterprise
), booked AS (
    SELECT enterprise, sum(stored)::bigint AS n FROM ledger GROUP BY enterprise
)
SELECT coalesce(p.code, b.enterprise) AS enterprise, coalesce(b.n, 0) AS booked, 
       coalesce(p.n, 0) + coalesce(d.n, 0) AS present
FROM present p FULL JOIN booked b ON b.enterprise = p.code
LEFT JOIN dropped d ON d.enterprise = coalesce(p.code, b.enterprise)
ORDER BY 1
