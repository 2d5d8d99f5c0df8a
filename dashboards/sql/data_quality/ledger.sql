-- The books of every enterprise and local day.
SELECT day AS "日期", enterprise AS "企业", received AS "收到", stored AS "入库", duplicate AS "重复", corrected AS "更正", rejected AS "拒收"
FROM visible.ledger
WHERE day BETWEEN ($__timeFrom()::timestamptz AT TIME ZONE 'Asia/Shanghai')::date AND ($__timeTo()::timestamptz AT TIME ZONE 'Asia/Shanghai')::date
  AND enterprise = ANY(ARRAY[${enterprise:sqlstring}]::text[])
ORDER BY day DESC, enterprise LIMIT 1000
