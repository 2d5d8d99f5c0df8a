-- Outlets, marks on them, their logbook, and hours on the terms of a rule.
ALTER TABLE points ADD COLUMN outlet text;      -- points that measure the same gas: DA001
CREATE INDEX points_outlet ON points (enterprise_id, outlet) WHERE outlet IS NOT NULL;

CREATE OR REPLACE VIEW visible.points WITH (security_barrier) AS
SELECT p.id, p.enterprise_id, p.code, p.name, p.medium, p.quantity, p.kind, p.unit, p.role, p.interval_s, p.range_low,
       p.range_high, p.plausible_low, p.plausible_high, p.max_age_s, p.capacity_kw, p.reported_basis, p.longitude,
       p.latitude, p.hj212_mn, p.hj212_code, p.hj212_unit, p.sparkplug_name, p.attributes, p.source, p.retired_at,
       e.code AS enterprise, e.park, e.code || '/' || p.code AS address, p.outlet
FROM points p JOIN visible.enterprises e ON e.id = p.enterprise_id;

-- Declared by people or devices of a whole outlet or of one point. Only what is in force has an effect.
DROP VIEW visible.marks;
ALTER TABLE marks RENAME TO older_marks;
DROP INDEX marks_point;
ALTER TABLE older_marks DROP CONSTRAINT marks_pkey;
ALTER SEQUENCE marks_id_seq RENAME TO older_marks_id_seq;
CREATE TABLE marks (
    id             bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    enterprise_id  int NOT NULL REFERENCES enterprises,
    outlet         text,
    point_id       int REFERENCES points,
    kind           text NOT NULL
                   CHECK (kind IN ('fault', 'calibration', 'maintenance', 'start_up', 'shutdown', 'standstill')),
    from_ts        timestamptz NOT NULL,
    to_ts          timestamptz NOT NULL CHECK (to_ts > from_ts),
    reason         text NOT NULL,
    author         text NOT NULL,             -- the person, as declared
    declared_by    text NOT NULL,             -- the token
    automatic      boolean NOT NULL DEFAULT false,
    state          text NOT NULL CHECK (state IN ('in_force', 'waiting', 'refused', 'withdrawn')),
    waits_for      text CHECK (waits_for IN ('late', 'overlap')),
    accepted_at    timestamptz,
    created_at     timestamptz NOT NULL DEFAULT now(),
    CHECK ((outlet IS NULL) <> (point_id IS NULL)),
    CHECK (state <> 'waiting' OR waits_for IS NOT NULL)
);
INSERT INTO marks (id, enterprise_id, point_id, kind, from_ts, to_ts, reason, author, declared_by, automatic, state, waits_for,
    accepted_at, created_at)
OVERRIDING SYSTEM VALUE
SELECT m.id, p.enterprise_id, m.point_id, m.kind, m.from_ts, m.to_ts, m.reason, m.author, m.author, m.automatic,
       CASE WHEN m.automatic OR m.accepted_at IS NOT NULL THEN 'in_force' ELSE 'waiting' END, 'late', m.accepted_at, m.created_at
FROM older_marks m JOIN points p ON p.id = m.point_id;
SELECT setval(pg_get_serial_sequence('marks', 'id'), (SELECT coalesce(max(id), 0) + 1 FROM marks), false);
DROP TABLE older_marks;
CREATE INDEX marks_enterprise ON marks (enterprise_id, from_ts);
CREATE INDEX marks_in_force ON marks (to_ts, from_ts) WHERE state = 'in_force';

CREATE TABLE mark_events (
    id       bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    mark_id  bigint NOT NULL REFERENCES marks ON DELETE CASCADE,
    at       timestamptz NOT NULL DEFAULT now(),
    event    text NOT NULL,                   -- declared, or a state
    actor    text NOT NULL,
    detail   text NOT NULL DEFAULT ''
);
CREATE INDEX mark_events_mark ON mark_events (mark_id);

-- Every mark at every point that it covers.
CREATE VIEW marks_of_points AS
SELECT m.id, m.point_id, m.kind, m.from_ts, m.to_ts, m.reason, m.author, m.automatic, m.state, m.accepted_at, m.created_at
FROM marks m WHERE m.point_id IS NOT NULL
UNION ALL
SELECT m.id, p.id, m.kind, m.from_ts, m.to_ts, m.reason, m.author, m.automatic, m.state, m.accepted_at, m.created_at
FROM marks m JOIN points p ON p.enterprise_id = m.enterprise_id AND p.outlet = m.outlet;

-- Stretches of points whose readings the watch is to look at again, for their marks have changed.
CREATE TABLE remarked (
    id        bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    point_id  int NOT NULL REFERENCES points,
    from_ts   timestamptz NOT NULL,
    to_ts     timestamptz NOT NULL
);

-- What was done at an outlet: calibrations with their gas and drift, maintenance, repairs.
CREATE TABLE outlet_logbook (
    id             bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    enterprise_id  int NOT NULL REFERENCES enterprises,
    outlet         text NOT NULL,
    kind           text NOT NULL CHECK (kind IN ('calibration', 'verification', 'maintenance', 'repair', 'replacement')),
    from_ts        timestamptz NOT NULL,
    to_ts          timestamptz NOT NULL CHECK (to_ts >= from_ts),
    quantity       text,
    reference      double precision,          -- value of the standard gas or of the manual method
    before         double precision,          -- what the instrument showed before and after
    after          double precision,
    unit           text,
    passed         boolean,
    note           text NOT NULL DEFAULT '',
    author         text NOT NULL,
    written_by     text NOT NULL,
    mark_id        bigint REFERENCES marks,
    created_at     timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX outlet_logbook_outlet ON outlet_logbook (enterprise_id, outlet, from_ts);

-- Hours of a concentration as a rule wants them: its basis, its reference oxygen, its exemptions, or as a mass rate.
CREATE TABLE converted_hours (
    point_id     int NOT NULL,
    series       text NOT NULL,               -- the terms; schemas/air.py writes them
    hour         timestamptz NOT NULL,
    n            int NOT NULL,
    n_valid      int NOT NULL,
    mean         double precision,            -- mg/m3, or kg/h for a mass rate
    min          double precision,
    max          double precision,
    covered_s    double precision NOT NULL,
    valid        boolean NOT NULL,
    conversion   jsonb NOT NULL,              -- steps, factors, inputs, and the minutes that were lost
    computed_at  timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (point_id, series, hour)
);

CREATE VIEW visible.marks WITH (security_barrier) AS
SELECT m.id, e.code AS enterprise, m.outlet, p.code AS point_code, m.point_id,
       e.code || '/' || coalesce(p.code, m.outlet) AS address, m.kind, m.from_ts, m.to_ts, m.reason, m.author, m.declared_by,
       m.automatic, m.state, m.waits_for, m.accepted_at, m.created_at
FROM marks m JOIN visible.enterprises e ON e.id = m.enterprise_id LEFT JOIN points p ON p.id = m.point_id;

CREATE VIEW visible.marks_of_points WITH (security_barrier) AS
SELECT m.*, p.address FROM marks_of_points m JOIN visible.points p ON p.id = m.point_id;

CREATE VIEW visible.mark_events WITH (security_barrier) AS
SELECT v.* FROM mark_events v JOIN visible.marks m ON m.id = v.mark_id;

CREATE VIEW visible.outlet_logbook WITH (security_barrier) AS
SELECT l.*, e.code AS enterprise FROM outlet_logbook l JOIN visible.enterprises e ON e.id = l.enterprise_id;

CREATE VIEW visible.converted_hours WITH (security_barrier) AS
SELECT c.*, p.address FROM converted_hours c JOIN visible.points p ON p.id = c.point_id;

GRANT SELECT ON visible.points, visible.marks, visible.marks_of_points, visible.mark_events, visible.outlet_logbook,
    visible.converted_hours TO parkwatch_reader;
