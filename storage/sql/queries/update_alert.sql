-- An alert as its episode now stands.
UPDATE alerts
SET state = %(state)s::text, value = %(value)s::float8, opened_at = %(opened_at)s::timestamptz,
    resolved_at = %(resolved_at)s::timestamptz, last_at = %(last_at)s::timestamptz, late = late OR %(late)s::boolean,
    no_data = false, evidence = %(evidence)s::jsonb, changed_in = pg_current_xact_id()
WHERE id = %(id)s::bigint
