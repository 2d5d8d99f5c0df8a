-- Facts of an hour, and the marks that say which hours are to be computed (again).
-- Marks are only ever appended: ingest never waits for the worker, and a mark made while an hour is computed survives.
CREATE TABLE dirty_hours (
    id         bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    point_id   int NOT NULL,
    hour       timestamptz NOT NULL,
    marked_at  timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX dirty_hours_newest ON dirty_hours (hour DESC);

CREATE TABLE hourly_facts (
    point_id     int NOT NULL,
    hour         timestamptz NOT NULL,
    n            int NOT NULL,               -- readings
    n_valid      int NOT NULL,               -- of them valid
    mean         double precision,           -- of valid minute means
    min          double precision,           -- of valid readings
    max          double precision,
    first        double precision,           -- first and last reading, valid or not
    last         double precision,
    delta        double precision,           -- amount after the multiplier; null where not measured
    covered_s    double precision NOT NULL,  -- seconds covered by valid readings
    valid        boolean NOT NULL,
    computed_at  timestamptz NOT NULL DEFAULT now(),
    changed_in   xid8 NOT NULL DEFAULT pg_current_xact_id(),
    PRIMARY KEY (point_id, hour)
);
CREATE INDEX hourly_facts_hour ON hourly_facts (hour);
CREATE INDEX hourly_facts_changed ON hourly_facts (changed_in);

-- Every step of a counter that is not a plain one: evidence, energy across gaps, and the review list.
CREATE TABLE meter_steps (
    point_id      int NOT NULL,
    from_ts       timestamptz NOT NULL,
    to_ts         timestamptz NOT NULL,
    kind          text NOT NULL CHECK (kind IN ('wrap', 'declared_reset', 'replacement', 'gap', 'unexplained')),
    from_register double precision,
    to_register   double precision,
    amount        double precision,          -- after the multiplier; null where unexplained
    in_hours      boolean NOT NULL,          -- true: the amount is part of hourly facts already
    rule          text NOT NULL,             -- which rule decided it
    computed_at   timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (point_id, from_ts)
);
CREATE INDEX meter_steps_end ON meter_steps (point_id, to_ts);
CREATE INDEX meter_steps_review ON meter_steps (from_ts) WHERE kind = 'unexplained';
