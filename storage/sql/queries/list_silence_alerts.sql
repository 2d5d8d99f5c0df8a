-- Alerts of gateways and enterprises that fell silent: what is open, and what opened at or after a time.
SELECT id, rule, scope, state, (extract(epoch FROM opened_at) * 1000000)::bigint AS opened_us,
       (extract(epoch FROM resolved_at) * 1000000)::bigint AS resolved_us,
       (extract(epoch FROM last_at) * 1000000)::bigint AS last_us, value, late, no_data, rule_body
FROM alerts
WHERE scope IS NOT NULL AND period IS NULL
  AND (state IN ('firing', 'recovering') OR opened_at >= %(since)s::timestamptz)
ORDER BY id
