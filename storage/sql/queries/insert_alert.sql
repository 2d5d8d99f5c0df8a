-- A new alert; its id.
INSERT INTO alerts (rule, kind, point_id, state, severity, statistic, value, "limit", unit, clause, verified, opened_at,
                    resolved_at, last_at, late, rule_body, evidence)
SELECT %(rule)s::text, %(kind)s::text, p.id, %(state)s::text, %(severity)s::text, %(statistic)s::text, %(value)s::float8,
       %(limit)s::float8, %(unit)s::text, %(clause)s::text, %(verified)s::boolean, %(opened_at)s::timestamptz,
       %(resolved_at)s::timestamptz, %(last_at)s::timestamptz, %(late)s::boolean, %(rule_body)s::jsonb, %(evidence)s::jsonb
FROM points p WHERE p.id = %(point_id)s::int
RETURNING id
