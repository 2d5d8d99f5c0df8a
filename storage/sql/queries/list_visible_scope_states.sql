-- How a rule on shares or budgets stands at the scopes that the caller may see, in a period or the newest one.
SELECT scope, period, state, since, last_ts AS through, alert_id, detail ->> 'verdict' AS verdict,
       detail ->> 'accounting_rule' AS accounting_rule, (detail -> 'figure' ->> 'value')::float8 AS value,
       (detail -> 'figure' ->> 'low')::float8 AS low, (detail -> 'figure' ->> 'high')::float8 AS high,
       (detail -> 'figure' ->> 'coverage')::float8 AS coverage
FROM visible.scope_states
WHERE rule = %(rule)s::text AND period <> ''
  AND period = coalesce(%(period)s::text, (SELECT period FROM visible.scope_states WHERE rule = %(rule)s::text
                                           ORDER BY last_ts DESC, length(period) DESC LIMIT 1))
  AND (%(after)s::text IS NULL OR scope > %(after)s::text)
ORDER BY scope LIMIT %(limit)s::int
