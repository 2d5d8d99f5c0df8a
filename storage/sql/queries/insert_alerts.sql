-- New alerts; their ids.
INSERT INTO alerts (rule, kind, point_id, scope, period, state, severity, statistic, value, "limit", unit, clause, verified,
                    opened_at, resolved_at, last_at, late, rule_body, evidence)
SELECT t.* FROM unnest(
    %(rule)s::text[], %(kind)s::text[], %(point_id)s::int[], %(scope)s::text[], %(period)s::text[], %(state)s::text[],
    %(severity)s::text[], %(statistic)s::text[], %(value)s::float8[], %(limit)s::float8[], %(unit)s::text[],
    %(clause)s::text[], %(verified)s::boolean[], %(opened_at)s::timestamptz[], %(resolved_at)s::timestamptz[],
    %(last_at)s::timestamptz[], %(late)s::boolean[], %(rule_body)s::jsonb[], %(evidence)s::jsonb[]) AS t
RETURNING id, rule, point_id, scope, period, opened_at
