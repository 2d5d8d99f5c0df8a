-- Periods close: the accounts of a closed month stay as they were; what they would be now waits for a person.
CREATE TABLE period_closings (
    month        date PRIMARY KEY CHECK (extract(day FROM month) = 1),
    closed_at    timestamptz NOT NULL DEFAULT now(),
    closed_by    text NOT NULL,
    comment      text NOT NULL DEFAULT '',
    instruments  jsonb NOT NULL,          -- that counted in it; its year goes on counting these
    gaps         jsonb NOT NULL           -- energy across gaps that touched it, likewise
);

-- A closed month as it would be now. At most one of a month is open; an applied one is history.
CREATE TABLE restatements (
    id            bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    month         date NOT NULL REFERENCES period_closings,
    state         text NOT NULL CHECK (state IN ('pending', 'requested', 'applied')),
    found_at      timestamptz NOT NULL DEFAULT now(),
    days          date[] NOT NULL,        -- whose facts have changed since the month was closed
    changed_rows  int NOT NULL,           -- hours, days and the month: all that would change
    reason        text,
    requested_by  text,
    requested_at  timestamptz,
    applied_at    timestamptz,
    CHECK (state = 'pending' OR (reason <> '' AND requested_by <> '' AND requested_at IS NOT NULL)),
    CHECK ((state = 'applied') = (applied_at IS NOT NULL))
);
CREATE UNIQUE INDEX restatements_open ON restatements (month) WHERE state <> 'applied';

-- The figures of the month and of its year that differ: by name, before and after.
CREATE TABLE restatement_lines (
    restatement_id  bigint NOT NULL REFERENCES restatements ON DELETE CASCADE,
    subject         text NOT NULL CHECK (subject IN ('green_power', 'emissions')),
    scope           text NOT NULL,
    grain           text NOT NULL,
    rule            text NOT NULL,
    old             jsonb NOT NULL,
    new             jsonb NOT NULL,
    PRIMARY KEY (restatement_id, subject, scope, grain, rule)
);

CREATE VIEW visible.period_closings AS SELECT month, closed_at, closed_by, comment FROM period_closings;

CREATE VIEW visible.restatement_lines WITH (security_barrier) AS
SELECT l.* FROM restatement_lines l
WHERE EXISTS (SELECT FROM role_scopes s WHERE s.role_name = current_user AND s.enterprise_id IS NULL)
   OR l.scope IN (SELECT 'enterprise:' || code FROM visible.enterprises);

-- A reason may name anyone: those who see one enterprise see its own figures only.
CREATE VIEW visible.restatements WITH (security_barrier) AS
SELECT r.* FROM restatements r
WHERE EXISTS (SELECT FROM role_scopes s WHERE s.role_name = current_user AND s.enterprise_id IS NULL);

GRANT SELECT ON ALL TABLES IN SCHEMA visible TO parkwatch_reader;
