-- What is measured: parks, enterprises, points and the dated life of their meters.
CREATE TABLE parks (
    id      int GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    code    text NOT NULL UNIQUE,
    name    text NOT NULL,
    source  text NOT NULL DEFAULT 'registry'
);

CREATE TABLE enterprises (
    id          int GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    code        text NOT NULL UNIQUE,
    name        text NOT NULL,
    park_id     int NOT NULL REFERENCES parks,
    industry    text,
    source      text NOT NULL DEFAULT 'registry',
    retired_at  timestamptz
);

CREATE TABLE points (
    id              int GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    enterprise_id   int NOT NULL REFERENCES enterprises,
    code            text NOT NULL,
    name            text NOT NULL,
    medium          text NOT NULL,
    quantity        text NOT NULL,
    kind            text NOT NULL CHECK (kind IN ('counter', 'interval', 'gauge')),
    unit            text NOT NULL,
    role            text NOT NULL,
    interval_s      double precision NOT NULL CHECK (interval_s > 0),
    range_low       double precision,      -- outside it is no measurement: refused
    range_high      double precision,
    plausible_low   double precision,      -- outside it is suspect: stored, kept out of means
    plausible_high  double precision,
    max_age_s       double precision,      -- older than this on arrival: too_old; null is unlimited
    capacity_kw     double precision,      -- registered capacity, for the bounds of a share
    reported_basis  text,
    longitude       double precision,
    latitude        double precision,
    hj212_mn        text,
    hj212_code      text,
    hj212_unit      text,
    sparkplug_name  text,
    attributes      jsonb NOT NULL DEFAULT '{}',
    source          text NOT NULL DEFAULT 'registry',
    retired_at      timestamptz,
    UNIQUE (enterprise_id, code)
);
CREATE INDEX points_hj212 ON points (hj212_mn, hj212_code) WHERE hj212_mn IS NOT NULL;

CREATE TABLE meter_epochs (
    point_id        int NOT NULL REFERENCES points,
    valid_from      timestamptz NOT NULL,
    width           double precision,      -- the register wraps to 0 at this value; null: never
    multiplier      double precision NOT NULL DEFAULT 1 CHECK (multiplier > 0),
    first_register  double precision,      -- declared register at valid_from
    last_register   double precision,      -- declared register of the meter that left at valid_from
    reason          text,
    source          text NOT NULL DEFAULT 'registry',
    PRIMARY KEY (point_id, valid_from)
);

CREATE TABLE gateways (
    enterprise_id   int NOT NULL REFERENCES enterprises,
    code            text NOT NULL,
    username        text NOT NULL UNIQUE,
    created_at      timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (enterprise_id, code)
);

-- The registry file as it was applied, so that a change can be traced to a file and a day.
CREATE TABLE registry_versions (
    id          bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    applied_at  timestamptz NOT NULL DEFAULT now(),
    sha256      text NOT NULL,
    body        text NOT NULL,
    changes     jsonb NOT NULL
);
