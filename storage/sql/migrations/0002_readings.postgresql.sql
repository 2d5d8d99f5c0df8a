-- Readings on plain PostgreSQL: native partitions, one a UTC day, made on demand by storage/partitions.py.
CREATE TABLE readings (
    point_id     int NOT NULL,
    ts           timestamptz NOT NULL,
    value        double precision NOT NULL,
    flag         "char" NOT NULL,
    received_at  timestamptz NOT NULL,
    PRIMARY KEY (point_id, ts)
) PARTITION BY RANGE (ts);

CREATE TABLE readings_before_2000 PARTITION OF readings FOR VALUES FROM (MINVALUE) TO ('2000-01-01T00:00:00Z');
