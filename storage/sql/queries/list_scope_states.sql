-- How rules on shares and budgets stand in some periods.
SELECT rule, scope, period, state, (extract(epoch FROM since) * 1000000)::bigint AS since_us,
       (extract(epoch FROM last_ts) * 1000000)::bigint AS last_us, alert_id, detail
FROM scope_states WHERE period = ANY (%(periods)s::text[])
