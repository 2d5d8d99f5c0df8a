-- Alerts of the caller's points and scopes opened in [from, to), in the order of opening; in public none of an enterprise's
-- accounts.
SELECT id, rule, kind, CASE WHEN scope IS NULL THEN address END AS point, scope, period, evidence -> 'account' AS account, enterprise, park, state, severity, opened_at, resolved_at, last_at, statistic, value,
       "limit", unit, clause, verified, late, no_data, acknowledged_by, assigned_to, closed_at, evidence,
       (rule_body ->> 'below') IS NOT NULL AS under
FROM visible.alerts
WHERE (%(states)s::text[] IS NULL OR state = ANY (%(states)s::text[]))
  AND (%(kind)s::text IS NULL OR kind = %(kind)s::text)
  AND (%(point)s::text IS NULL OR address = %(point)s::text AND scope IS NULL)
  AND (%(scope)s::text IS NULL OR scope = %(scope)s::text)
  AND NOT (%(public)s::boolean AND coalesce(scope LIKE 'enterprise:%%', false))
  AND (%(enterprise)s::text IS NULL OR enterprise = %(enterprise)s::text)
  AND (%(from)s::timestamptz IS NULL OR opened_at >= %(from)s::timestamptz)
  AND (%(to)s::timestamptz IS NULL OR opened_at < %(to)s::timestamptz)
  AND (%(after_ts)s::timestamptz IS NULL OR (opened_at, id) > (%(after_ts)s::timestamptz, %(after_id)s::bigint))
ORDER BY opened_at, id LIMIT %(limit)s::int
