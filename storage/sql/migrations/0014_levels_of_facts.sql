-- Facts of days and months beside those of hours, and what is kept of each level.

-- Minutes with a valid reading: the weight of an hour's mean in a longer one.
ALTER TABLE hourly_facts ADD COLUMN minutes int;
INSERT INTO dirty_hours (point_id, hour) SELECT point_id, hour FROM hourly_facts WHERE n_valid > 60;

-- What waits of one point, for those who read its hours while some are still to be computed.
CREATE INDEX dirty_hours_point ON dirty_hours (point_id, hour);

-- Marks as in dirty_hours: only ever appended.
CREATE TABLE dirty_point_days (
    id         bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    point_id   int NOT NULL,
    day        date NOT NULL,
    marked_at  timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX dirty_point_days_newest ON dirty_point_days (day DESC);
CREATE INDEX dirty_point_days_point ON dirty_point_days (point_id, day);

CREATE TABLE daily_facts (
    point_id        int NOT NULL,
    day             date NOT NULL,              -- local, of the calendar below
    n               int NOT NULL,               -- readings
    n_valid         int NOT NULL,               -- of them valid
    minutes         int NOT NULL,               -- with a valid reading
    minute_mean     double precision,           -- of valid minute means
    mean            double precision,           -- of the means of valid hours
    min             double precision,           -- of valid readings
    max             double precision,
    delta           double precision,           -- of the hours, and of gaps that the day contains
    hours           int NOT NULL,               -- the day has
    hours_valid     int NOT NULL,
    hours_complete  int NOT NULL,               -- valid and with their amount
    valid           boolean NOT NULL,           -- 20 valid hours
    computed_at     timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (point_id, day)
);
CREATE INDEX daily_facts_day ON daily_facts (day);

CREATE TABLE monthly_facts (
    point_id        int NOT NULL,
    month           date NOT NULL,
    n               int NOT NULL,
    n_valid         int NOT NULL,
    minutes         int NOT NULL,
    minute_mean     double precision,
    mean            double precision,           -- of the means of valid hours
    min             double precision,
    max             double precision,
    delta           double precision,           -- of the days, and of gaps that the month contains
    hours           int NOT NULL,
    hours_valid     int NOT NULL,
    hours_complete  int NOT NULL,
    days            int NOT NULL,               -- the month has
    days_valid      int NOT NULL,
    computed_at     timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (point_id, month)
);
CREATE INDEX monthly_facts_month ON monthly_facts (month);

-- Whose days they are; another zone makes them all again.
CREATE TABLE fact_calendar (
    one       boolean PRIMARY KEY DEFAULT true CHECK (one),
    timezone  text NOT NULL
);

-- What is no longer kept. Facts of hours before `settled_before` stand for good: what they were made from may be gone.
CREATE TABLE retention_lines (
    level           text PRIMARY KEY CHECK (level IN ('readings', 'hours', 'days')),
    settled_before  timestamptz NOT NULL,
    dropped_before  timestamptz NOT NULL DEFAULT '-infinity',
    reason          text NOT NULL,              -- why the line is not later
    drawn_at        timestamptz NOT NULL DEFAULT now()
);

-- Readings that were dropped, so that the books go on balancing; `kept` are evidence.
CREATE TABLE dropped_readings (
    day         date NOT NULL,                  -- UTC, as the partitions
    enterprise  text NOT NULL,
    dropped     bigint NOT NULL,
    kept        bigint NOT NULL,
    dropped_at  timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (day, enterprise)
);

CREATE OR REPLACE VIEW visible.hourly_facts WITH (security_barrier) AS
SELECT f.point_id, f.hour, f.n, f.n_valid, f.mean, f.min, f.max, f.first, f.last, f.delta, f.covered_s, f.valid, f.computed_at,
       f.changed_in, p.address, f.minutes
FROM hourly_facts f JOIN visible.points p ON p.id = f.point_id;

CREATE VIEW visible.daily_facts WITH (security_barrier) AS
SELECT f.*, p.address FROM daily_facts f JOIN visible.points p ON p.id = f.point_id;

CREATE VIEW visible.monthly_facts WITH (security_barrier) AS
SELECT f.*, p.address FROM monthly_facts f JOIN visible.points p ON p.id = f.point_id;

CREATE VIEW visible.dirty_point_days WITH (security_barrier) AS
SELECT d.*, p.address FROM dirty_point_days d JOIN visible.points p ON p.id = d.point_id;

CREATE VIEW visible.fact_calendar AS SELECT timezone FROM fact_calendar;
CREATE VIEW visible.retention_lines AS SELECT * FROM retention_lines;

CREATE VIEW visible.dropped_readings WITH (security_barrier) AS
SELECT d.* FROM dropped_readings d
WHERE EXISTS (SELECT FROM role_scopes s WHERE s.role_name = current_user AND s.enterprise_id IS NULL)
   OR d.enterprise IN (SELECT code FROM visible.enterprises);

GRANT SELECT ON ALL TABLES IN SCHEMA visible TO parkwatch_reader;
