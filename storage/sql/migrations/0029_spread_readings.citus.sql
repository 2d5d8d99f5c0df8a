-- On Citus the readings are spread over the workers, all days of a point on one of them. Everything else stays on the
-- coordinator: what the live stream compares are transactions of one server, and facts are a sixtieth of the rows.
SET LOCAL citus.enable_ddl_propagation = off; -- the functions and the schema's rights are the coordinator's own

CREATE OR REPLACE FUNCTION visible.first_readings(point int, since timestamptz, most int)
RETURNS TABLE (ts timestamptz, value double precision, flag "char") LANGUAGE plpgsql STABLE AS $$ BEGIN RETURN QUERY
    SELECT r.ts, r.value, r.flag FROM readings r
    WHERE r.point_id = point AND r.ts >= since
    ORDER BY r.ts LIMIT most;
END $$;

CREATE OR REPLACE FUNCTION visible.registers_before(
    point int, instant timestamptz, low double precision, high double precision, oldest timestamptz, newest timestamptz)
RETURNS TABLE (ts timestamptz, value double precision, flag "char") LANGUAGE plpgsql STABLE AS $$ BEGIN RETURN QUERY
    SELECT r.ts, r.value, r.flag FROM readings r
    WHERE r.point_id = point AND r.ts < instant AND r.flag = 'N' AND r.value BETWEEN low AND high
      AND r.ts BETWEEN oldest AND newest
    ORDER BY r.ts DESC LIMIT 2;
END $$;

CREATE OR REPLACE FUNCTION visible.registers_after(
    point int, instant timestamptz, low double precision, high double precision, oldest timestamptz, newest timestamptz)
RETURNS TABLE (ts timestamptz, value double precision, flag "char") LANGUAGE plpgsql STABLE AS $$ BEGIN RETURN QUERY
    SELECT r.ts, r.value, r.flag FROM readings r
    WHERE r.point_id = point AND r.ts >= instant AND r.flag = 'N' AND r.value BETWEEN low AND high
      AND r.ts BETWEEN oldest AND newest
    ORDER BY r.ts LIMIT 2;
END $$;

-- As before, but for the column: Citus cannot hand on the answer of a SELECT that has none.
CREATE OR REPLACE VIEW visible.enterprises WITH (security_barrier) AS
SELECT e.id, e.code, e.name, p.code AS park, e.industry, e.retired_at
FROM enterprises e JOIN parks p ON p.id = e.park_id
WHERE EXISTS (SELECT 1 FROM role_scopes s WHERE s.role_name = current_user AND s.enterprise_id IS NULL)
   OR e.id IN (SELECT s.enterprise_id FROM role_scopes s WHERE s.role_name = current_user);

SET LOCAL citus.enable_ddl_propagation = on;
SELECT create_distributed_table('readings', 'point_id', colocate_with => 'none');

-- Citus plans the parts of a view anew, in the caller's rights and not in the owner's, and asks the workers by the caller's
-- own login. Whose SQL is ours still reads through the views; who types SQL must see all (storage/engine.py makes no other).
DO $$
DECLARE role name;
BEGIN
    SELECT s.role_name INTO role FROM role_scopes s JOIN pg_roles r ON r.rolname = s.role_name
    WHERE r.rolcanlogin AND s.enterprise_id IS NOT NULL AND s.role_name !~ '^parkwatch_enterprise_' LIMIT 1;
    IF FOUND THEN
        RAISE EXCEPTION 'the login % sees one enterprise only, which Citus cannot hold it to: DROP ROLE % first', role, role;
    END IF;
    FOR role IN SELECT s.role_name FROM role_scopes s JOIN pg_roles r ON r.rolname = s.role_name WHERE NOT r.rolcanlogin LOOP
        EXECUTE format('ALTER ROLE %I LOGIN', role);
        EXECUTE format('GRANT parkwatch_reader TO %I', role);
    END LOOP;
END $$;
GRANT SELECT ON readings, points, enterprises, parks, role_scopes TO parkwatch_reader;
