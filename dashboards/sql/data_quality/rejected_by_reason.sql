-- Refused readings of every local day by reason.
SELECT day::timestamp AT TIME ZONE 'Asia/Shanghai' AS time, reason AS metric, sum(rejected) AS rejected
FROM visible.ledger_reasons
WHERE day BETWEEN ($__timeFrom()::timestamptz AT TIME ZONE 'Asia/Shanghai')::date AND ($__timeTo()::timestamptz AT TIME ZONE 'Asia/Shanghai')::date
  AND enterprise = ANY(ARRAY[${enterprise:sqlstring}]::text[])
GROUP BY day, reason ORDER BY day, reason
