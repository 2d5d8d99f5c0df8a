-- The alerts of scopes that are open, and all of some periods, oldest first.
SELECT id, rule, scope, period, state, (extract(epoch FROM opened_at) * 1000000)::bigint AS opened_us,
       (extract(epoch FROM resolved_at) * 1000000)::bigint AS resolved_us,
       (extract(epoch FROM last_at) * 1000000)::bigint AS last_us, value, late, no_data, rule_body, evidence
FROM alerts
WHERE scope IS NOT NULL AND period IS NOT NULL AND (state IN ('pending', 'firing', 'recovering') OR period = ANY (%(periods)s::text[]))
ORDER BY id
