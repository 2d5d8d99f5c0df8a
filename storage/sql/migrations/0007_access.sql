-- Tokens, and the one rule that decides which rows a caller sees: it hangs on the database role, never on a setting.
CREATE TABLE tokens (
    id            bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    sha256        bytea NOT NULL UNIQUE,
    kind          text NOT NULL CHECK (kind IN ('bearer', 'link', 'session')),
    role          text NOT NULL CHECK (role IN ('admin', 'environment', 'energy', 'enterprise', 'wall')),
    enterprise_id int REFERENCES enterprises,
    name          text NOT NULL DEFAULT '',
    created_at    timestamptz NOT NULL DEFAULT now(),
    expires_at    timestamptz NOT NULL,
    revoked_at    timestamptz,
    used_at       timestamptz,
    CHECK ((role = 'enterprise') = (enterprise_id IS NOT NULL))
);

-- A database role sees all enterprises (null) or the ones listed.
CREATE TABLE role_scopes (
    role_name      name NOT NULL,
    enterprise_id  int REFERENCES enterprises,
    UNIQUE NULLS NOT DISTINCT (role_name, enterprise_id)
);

CREATE SCHEMA visible;

CREATE VIEW visible.enterprises WITH (security_barrier) AS
SELECT e.id, e.code, e.name, p.code AS park, e.industry, e.retired_at
FROM enterprises e JOIN parks p ON p.id = e.park_id
WHERE EXISTS (SELECT FROM role_scopes s
              WHERE s.role_name = current_user AND (s.enterprise_id IS NULL OR s.enterprise_id = e.id));

CREATE VIEW visible.parks WITH (security_barrier) AS
SELECT p.id, p.code, p.name FROM parks p
WHERE EXISTS (SELECT FROM visible.enterprises e WHERE e.park = p.code);

CREATE VIEW visible.points WITH (security_barrier) AS
SELECT p.*, e.code AS enterprise, e.park, e.code || '/' || p.code AS address
FROM points p JOIN visible.enterprises e ON e.id = p.enterprise_id;

CREATE VIEW visible.readings WITH (security_barrier) AS
SELECT r.* FROM readings r JOIN visible.points p ON p.id = r.point_id;

CREATE VIEW visible.latest_readings WITH (security_barrier) AS
SELECT r.*, p.address FROM latest_readings r JOIN visible.points p ON p.id = r.point_id;

CREATE VIEW visible.hourly_facts WITH (security_barrier) AS
SELECT f.*, p.address FROM hourly_facts f JOIN visible.points p ON p.id = f.point_id;

CREATE VIEW visible.dirty_hours WITH (security_barrier) AS
SELECT d.*, p.address FROM dirty_hours d JOIN visible.points p ON p.id = d.point_id;

CREATE VIEW visible.meter_steps WITH (security_barrier) AS
SELECT s.*, p.address FROM meter_steps s JOIN visible.points p ON p.id = s.point_id;

CREATE VIEW visible.alerts WITH (security_barrier) AS
SELECT a.*, p.address, p.enterprise, p.park FROM alerts a JOIN visible.points p ON p.id = a.point_id;

CREATE VIEW visible.alert_events WITH (security_barrier) AS
SELECT v.* FROM alert_events v JOIN visible.alerts a ON a.id = v.alert_id;

CREATE VIEW visible.alert_states WITH (security_barrier) AS
SELECT s.*, p.address FROM alert_states s JOIN visible.points p ON p.id = s.point_id;

CREATE VIEW visible.ledger WITH (security_barrier) AS
SELECT l.* FROM ledger l
WHERE EXISTS (SELECT FROM role_scopes s WHERE s.role_name = current_user AND s.enterprise_id IS NULL)
   OR l.enterprise IN (SELECT code FROM visible.enterprises);

CREATE VIEW visible.ledger_reasons WITH (security_barrier) AS
SELECT l.* FROM ledger_reasons l
WHERE EXISTS (SELECT FROM role_scopes s WHERE s.role_name = current_user AND s.enterprise_id IS NULL)
   OR l.enterprise IN (SELECT code FROM visible.enterprises);

CREATE VIEW visible.rejected WITH (security_barrier) AS
SELECT r.id, p.enterprise, p.gateway, p.received_at, p.topic, r.reason, r.detail, r.point, r.ts, p.payload, p.id AS payload_id
FROM rejected_readings r JOIN rejected_payloads p ON p.id = r.payload_id
WHERE EXISTS (SELECT FROM role_scopes s WHERE s.role_name = current_user AND s.enterprise_id IS NULL)
   OR p.enterprise IN (SELECT code FROM visible.enterprises);

CREATE VIEW visible.receipts WITH (security_barrier) AS
SELECT r.* FROM receipts r
WHERE EXISTS (SELECT FROM role_scopes s WHERE s.role_name = current_user AND s.enterprise_id IS NULL)
   OR r.enterprise IN (SELECT code FROM visible.enterprises);

CREATE VIEW visible.instruments WITH (security_barrier) AS
SELECT i.*, e.code AS enterprise FROM instruments i JOIN visible.enterprises e ON e.id = i.enterprise_id;

CREATE VIEW visible.green_power WITH (security_barrier) AS
SELECT g.* FROM green_power g
WHERE EXISTS (SELECT FROM role_scopes s WHERE s.role_name = current_user AND s.enterprise_id IS NULL)
   OR g.scope IN (SELECT 'enterprise:' || code FROM visible.enterprises);

CREATE VIEW visible.emissions WITH (security_barrier) AS
SELECT g.* FROM emissions g
WHERE EXISTS (SELECT FROM role_scopes s WHERE s.role_name = current_user AND s.enterprise_id IS NULL)
   OR g.scope IN (SELECT 'enterprise:' || code FROM visible.enterprises);

CREATE VIEW visible.rules AS SELECT * FROM rules;
CREATE VIEW visible.targets AS SELECT * FROM targets;
CREATE VIEW visible.factors AS SELECT * FROM factors;
CREATE VIEW visible.accounting_rules AS SELECT * FROM accounting_rules;
CREATE VIEW visible.marks WITH (security_barrier) AS
SELECT m.*, p.address FROM marks m JOIN visible.points p ON p.id = m.point_id;
CREATE VIEW visible.imports WITH (security_barrier) AS
SELECT i.id, i.kind, i.enterprise, i.filename, i.state, i.created_at, i.started_at, i.finished_at, i.result FROM imports i
WHERE EXISTS (SELECT FROM role_scopes s WHERE s.role_name = current_user AND s.enterprise_id IS NULL)
   OR i.enterprise IN (SELECT code FROM visible.enterprises);

-- Roles belong to the whole server, so they may exist already (another database of the same server made them).
DO $$
DECLARE role text;
BEGIN
    FOREACH role IN ARRAY ARRAY['parkwatch_reader', 'parkwatch_all'] LOOP
        BEGIN
            EXECUTE format('CREATE ROLE %I NOLOGIN', role);
        EXCEPTION WHEN duplicate_object OR unique_violation THEN NULL;
        END;
    END LOOP;
    IF NOT pg_has_role('parkwatch_all', 'parkwatch_reader', 'MEMBER') THEN
        GRANT parkwatch_reader TO parkwatch_all;
    END IF;
END $$;
INSERT INTO role_scopes VALUES ('parkwatch_all', NULL);
GRANT USAGE ON SCHEMA visible TO parkwatch_reader;
GRANT SELECT ON ALL TABLES IN SCHEMA visible TO parkwatch_reader;
