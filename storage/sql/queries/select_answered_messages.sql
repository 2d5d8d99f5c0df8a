-- Every message that was answered, once, in order.
SELECT DISTINCT enterprise COLLATE "C" AS enterprise, sha256 COLLATE "C" AS sha256
FROM receipts
ORDER BY 1, 2
