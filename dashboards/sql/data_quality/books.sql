-- The books of the window's local days; the difference must be 0.
SELECT COALESCE(sum(received), 0) AS "收到", COALESCE(sum(stored), 0) AS "入库", COALESCE(sum(duplicate), 0) AS "重复",
       COALESCE(sum(corrected), 0) AS "更正", COALESCE(sum(rejected), 0) AS "拒收",
       COALESCE(sum(received - stored - duplicate - corrected - rejected), 0) AS "差额"
FROM visible.ledger
WHERE day BETWEEN ($__timeFrom()::timestamptz AT TIME ZONE 'Asia/Shanghai')::date AND ($__timeTo()::timestamptz AT TIME ZONE 'Asia/Shanghai')::date
  AND enterprise = ANY(ARRAY[${enterprise:sqlstring}]::text[])
