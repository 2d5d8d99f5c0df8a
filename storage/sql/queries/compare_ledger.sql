-- Of each enterprise the stored readings by the ledger and by the table.
WITH present AS (
    SELECT e.code, count(*) AS n
    FROM readings r JOIN points p ON p.id = r.point_id JOIN enterprises e ON e.id = p.enterprise_id
    GROUP BY e.code
), booked AS (
    SELECT enterprise, sum(stored)::bigint AS n FROM ledger GROUP BY enterprise
)
SELECT coalesce(p.code, b.enterprise) AS enterprise, coalesce(b.n, 0) AS booked, coalesce(p.n, 0) AS present
FROM present p FULL JOIN booked b ON b.enterprise = p.code
ORDER BY 1
