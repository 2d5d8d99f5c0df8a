-- Alerts as their episodes now stand.
UPDATE alerts a
SET state = t.state, value = t.value, opened_at = t.opened_at, resolved_at = t.resolved_at, last_at = t.last_at,
    late = a.late OR t.late, no_data = false, evidence = t.evidence, changed_in = pg_current_xact_id()
FROM unnest(%(id)s::bigint[], %(state)s::text[], %(value)s::float8[], %(opened_at)s::timestamptz[],
            %(resolved_at)s::timestamptz[], %(last_at)s::timestamptz[], %(late)s::boolean[], %(evidence)s::jsonb[])
     AS t (id, state, value, opened_at, resolved_at, last_at, late, evidence)
WHERE a.id = t.id
