-- The accounts: factors, instruments, rules, targets; green power and emissions, each row with what it used.
CREATE TABLE factors (
    id            text PRIMARY KEY,
    kind          text NOT NULL,
    name          text NOT NULL,
    value         numeric NOT NULL,
    unit          text NOT NULL,
    region        text NOT NULL DEFAULT '',
    data_year     int,
    valid_from    date NOT NULL,
    published_on  date NOT NULL,
    standard      text NOT NULL,
    verified      boolean NOT NULL,
    source        text NOT NULL
);

CREATE TABLE instruments (
    id             text PRIMARY KEY,
    enterprise_id  int NOT NULL REFERENCES enterprises,
    kind           text NOT NULL CHECK (kind IN ('certificate', 'green_trade', 'certificate_sold')),
    energy_kwh     numeric NOT NULL CHECK (energy_kwh > 0 AND energy_kwh < 'Infinity'),
    vintage        date,                     -- first day of the month of generation
    period         date,                     -- first day of the month of delivery or use
    cancelled_on   date,
    settlement     text NOT NULL DEFAULT 'monthly' CHECK (settlement IN ('monthly', 'hourly')),
    source         text NOT NULL DEFAULT 'registry',
    created_at     timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX instruments_enterprise ON instruments (enterprise_id);

-- The database itself refuses a serial that is used twice, whoever uses it and however it comes in.
CREATE TABLE instrument_serials (
    serial         text PRIMARY KEY,
    instrument_id  text NOT NULL REFERENCES instruments ON DELETE CASCADE
);

CREATE TABLE instrument_hours (
    instrument_id  text NOT NULL REFERENCES instruments ON DELETE CASCADE,
    hour           timestamptz NOT NULL,
    energy_kwh     numeric NOT NULL CHECK (energy_kwh >= 0 AND energy_kwh < 'Infinity'),
    PRIMARY KEY (instrument_id, hour)
);

CREATE TABLE accounting_rules (
    code        text NOT NULL,
    version     int NOT NULL,
    subject     text NOT NULL CHECK (subject IN ('green_power', 'carbon')),
    name        text NOT NULL,
    body        jsonb NOT NULL,
    is_default  boolean NOT NULL DEFAULT false,
    PRIMARY KEY (code, version)
);

CREATE TABLE targets (
    code     text PRIMARY KEY,
    name     text NOT NULL,
    metric   text NOT NULL,
    scope    text NOT NULL,
    year     int NOT NULL,
    value    numeric NOT NULL,
    unit     text NOT NULL,
    source   text NOT NULL
);

CREATE TABLE dirty_days (
    id             bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    enterprise_id  int NOT NULL,
    day            date NOT NULL,
    marked_at      timestamptz NOT NULL DEFAULT now()
);

-- What an enterprise's meters say of a period, before any rule: sums that add up from days to months to years.
CREATE TABLE energy_balances (
    enterprise_id  int NOT NULL REFERENCES enterprises,
    grain          text NOT NULL CHECK (grain IN ('day', 'month')),
    starts_at      timestamptz NOT NULL,
    terms          jsonb NOT NULL,           -- by the names of accounting/energy_balance.py; zeros are left out
    activities     jsonb NOT NULL,           -- fuels and heat: amount by name and unit
    computed_at    timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (enterprise_id, grain, starts_at)
);
CREATE INDEX energy_balances_period ON energy_balances (grain, starts_at);

-- scope is written as in the API: city, park:P, industry:I, enterprise:E.
CREATE TABLE green_power (
    scope                 text NOT NULL,
    grain                 text NOT NULL CHECK (grain IN ('hour', 'day', 'month', 'year')),
    starts_at             timestamptz NOT NULL,
    rule                  text NOT NULL,
    consumption_kwh       double precision,
    direct_line_kwh       double precision NOT NULL,
    self_used_kwh         double precision NOT NULL,
    green_trade_kwh       double precision,
    certificate_kwh       double precision,
    excess_kwh            double precision,
    policy_share          double precision,
    physical_share        double precision,
    hourly_matched_share  double precision,
    volume_matched_share  double precision,
    coverage              double precision,
    share_low             double precision,
    share_high            double precision,
    used                  jsonb NOT NULL DEFAULT '{}',
    computed_at           timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (scope, grain, starts_at, rule)
);

CREATE TABLE emissions (
    scope               text NOT NULL,
    grain               text NOT NULL CHECK (grain IN ('hour', 'day', 'month', 'year')),
    starts_at           timestamptz NOT NULL,
    rule                text NOT NULL,
    scope1_kg           double precision,
    scope2_location_kg  double precision,
    scope2_market_kg    double precision,
    coverage            double precision,
    lines               jsonb NOT NULL,
    computed_at         timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (scope, grain, starts_at, rule)
);

CREATE TABLE job_runs (
    id           bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    job          text NOT NULL,
    started_at   timestamptz NOT NULL,
    finished_at  timestamptz NOT NULL,
    outcome      text NOT NULL CHECK (outcome IN ('done', 'failed')),
    detail       text NOT NULL DEFAULT ''
);
CREATE INDEX job_runs_job ON job_runs (job, id DESC);
