-- Closed months in which figures of a scope differ, or were changed since an instant.
SELECT month, state, count(*)::int AS figures, max(applied_at) AS applied_at FROM visible.restated_figures
WHERE scope = %(scope)s::text AND (state <> 'applied' OR applied_at >= %(since)s::timestamptz)
GROUP BY month, state ORDER BY month, state
