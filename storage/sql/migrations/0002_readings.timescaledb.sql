-- Readings on TimescaleDB: a hypertable with one chunk a day, as the plain layout has one partition a day.
CREATE TABLE readings (
    point_id     int NOT NULL,
    ts           timestamptz NOT NULL,
    value        double precision NOT NULL,
    flag         "char" NOT NULL,
    received_at  timestamptz NOT NULL,
    PRIMARY KEY (point_id, ts)
);
SELECT create_hypertable('readings', by_range('ts', interval '1 day'), create_default_indexes => false);
