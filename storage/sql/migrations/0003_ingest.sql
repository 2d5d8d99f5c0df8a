-- What ingest keeps beside the readings: revisions, refusals with their bytes, receipts, the books.
CREATE TABLE reading_revisions (
    point_id       int NOT NULL,
    ts             timestamptz NOT NULL,
    value          double precision NOT NULL,
    flag           "char" NOT NULL,
    received_at    timestamptz NOT NULL,
    superseded_at  timestamptz NOT NULL
);
CREATE INDEX reading_revisions_instant ON reading_revisions (point_id, ts);

CREATE TABLE latest_readings (
    point_id     int PRIMARY KEY,
    ts           timestamptz NOT NULL,
    value        double precision NOT NULL,
    flag         "char" NOT NULL,
    received_at  timestamptz NOT NULL,
    changed_in   xid8 NOT NULL DEFAULT pg_current_xact_id()
) WITH (fillfactor = 50);
CREATE INDEX latest_readings_changed ON latest_readings (changed_in);

CREATE TABLE rejected_payloads (
    id           bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    received_at  timestamptz NOT NULL,
    enterprise   text NOT NULL,      -- as the topic says; it may be unknown to the registry
    gateway      text NOT NULL,
    topic        text NOT NULL,
    payload      bytea NOT NULL,
    replayed_at  timestamptz
);
CREATE INDEX rejected_payloads_received ON rejected_payloads (received_at);

CREATE TABLE rejected_readings (
    id           bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    payload_id   bigint NOT NULL REFERENCES rejected_payloads ON DELETE CASCADE,
    reason       text NOT NULL,
    detail       text NOT NULL,
    point        text,
    ts           text
);
CREATE INDEX rejected_readings_payload ON rejected_readings (payload_id);

CREATE TABLE receipts (
    id            bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    committed_at  timestamptz NOT NULL DEFAULT now(),
    enterprise    text NOT NULL,
    gateway       text NOT NULL,
    message_id    text,
    sha256        text NOT NULL,
    body          jsonb NOT NULL
);
CREATE INDEX receipts_enterprise ON receipts (enterprise, id);

-- received = stored + duplicate + corrected + rejected, per enterprise and local day of the commit.
CREATE TABLE ledger (
    enterprise  text NOT NULL,
    day         date NOT NULL,
    received    bigint NOT NULL,
    stored      bigint NOT NULL,
    duplicate   bigint NOT NULL,
    corrected   bigint NOT NULL,
    rejected    bigint NOT NULL,
    PRIMARY KEY (enterprise, day),
    CONSTRAINT books_balance CHECK (received = stored + duplicate + corrected + rejected)
);

CREATE TABLE ledger_reasons (
    enterprise  text NOT NULL,
    day         date NOT NULL,
    reason      text NOT NULL,
    rejected    bigint NOT NULL,
    PRIMARY KEY (enterprise, day, reason)
);

CREATE TABLE imports (
    id           bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    kind         text NOT NULL,
    enterprise   text,               -- the only one it may touch; null for callers that see all
    filename     text NOT NULL,
    mapping      jsonb,
    content      bytea NOT NULL,
    state        text NOT NULL DEFAULT 'queued' CHECK (state IN ('queued', 'running', 'done', 'failed')),
    created_at   timestamptz NOT NULL DEFAULT now(),
    started_at   timestamptz,
    finished_at  timestamptz,
    result       jsonb
);
CREATE INDEX imports_open ON imports (id) WHERE state IN ('queued', 'running');

-- Which parts are alive; each writes its own row.
CREATE TABLE heartbeats (
    part     text PRIMARY KEY,
    beat_at  timestamptz NOT NULL,
    well     boolean NOT NULL
);
