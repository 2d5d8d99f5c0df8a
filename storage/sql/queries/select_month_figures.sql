-- The figures of a month and of its year, as they stand.
SELECT 'green_power' AS subject, scope, grain, rule,
       to_jsonb(g) - '{scope,grain,rule,starts_at,computed_at}'::text[] AS figures
FROM green_power g
WHERE (grain = 'month' AND starts_at = %(month_starts)s::timestamptz)
   OR (grain = 'year' AND starts_at = %(year_starts)s::timestamptz)
UNION ALL
SELECT 'emissions', scope, grain, rule, to_jsonb(e) - '{scope,grain,rule,starts_at,computed_at}'::text[]
FROM emissions e
WHERE (grain = 'month' AND starts_at = %(month_starts)s::timestamptz)
   OR (grain = 'year' AND starts_at = %(year_starts)s::timestamptz)
