-- The newest refusals of the window.
SELECT received_at AS "到达", enterprise AS "企业", gateway AS "网关", reason AS "原因", point AS "点位", ts AS "时标", detail AS "说明",
       payload_id AS "报文"
FROM visible.rejected
WHERE $__timeFilter(received_at) AND enterprise = ANY(ARRAY[${enterprise:sqlstring}]::text[])
ORDER BY received_at DESC, id DESC LIMIT 200
