-- Readings of every local day by what became of them.
SELECT day::timestamp AT TIME ZONE 'Asia/Shanghai' AS time, sum(stored) AS "入库", sum(duplicate) AS "重复",
       sum(corrected) AS "更正", sum(rejected) AS "拒收"
FROM visible.ledger
WHERE day BETWEEN ($__timeFrom()::timestamptz AT TIME ZONE 'Asia/Shanghai')::date AND ($__timeTo()::timestamptz AT TIME ZONE 'Asia/Shanghai')::date
  AND enterprise = ANY(ARRAY[${enterprise:sqlstring}]::text[])
GROUP BY day ORDER BY day
