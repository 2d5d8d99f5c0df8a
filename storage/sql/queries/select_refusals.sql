-- Of every refused payload how often each point was refused with each reason, and in how many deliveries, in order.
SELECT p.enterprise COLLATE "C" AS enterprise, d.sha256 COLLATE "C" AS sha256,
       coalesce(r.point, '') COLLATE "C" AS point, r.reason COLLATE "C" AS reason,
       count(*) AS refused, count(DISTINCT p.id) AS deliveries
FROM rejected_readings r
JOIN rejected_payloads p ON p.id = r.payload_id
CROSS JOIN LATERAL (SELECT encode(sha256(p.payload), 'hex') AS sha256) d
GROUP BY 1, 2, 3, 4
ORDER BY 1, 2, 3, 4
