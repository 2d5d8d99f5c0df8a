-- Of every enterprise the ledger over all days, and how many readings there are or were dropped, and revisions.
WITH kept AS (
    SELECT e.code, count(*) AS present
    FROM readings r JOIN points p ON p.id = r.point_id JOIN enterprises e ON e.id = p.enterprise_id
    GROUP BY e.code
), dropped AS (
    SELECT enterprise, sum(dropped)::bigint AS dropped FROM dropped_readings GROUP BY enterprise
), revised AS (
    SELECT e.code, count(*) AS revisions
    FROM reading_revisions r JOIN points p ON p.id = r.point_id JOIN enterprises e ON e.id = p.enterprise_id
    GROUP BY e.code
), booked AS (
    SELECT enterprise, sum(received)::bigint AS received, sum(stored)::bigint AS stored,
           sum(duplicate)::bigint AS duplicate, sum(corrected)::bigint AS corrected, sum(rejected)::bigint AS rejected
    FROM ledger GROUP BY enterprise
)
SELECT b.*, coalesce(k.present, 0) + coalesce(d.dropped, 0) AS present, coalesce(v.revisions, 0) AS revisions
FROM booked b
LEFT JOIN kept k ON k.code = b.enterprise
LEFT JOIN dropped d ON d.enterprise = b.enterprise
LEFT JOIN revised v ON v.code = b.enterprise
ORDER BY b.enterprise COLLATE "C"
