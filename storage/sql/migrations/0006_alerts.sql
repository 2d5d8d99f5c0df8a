-- The watch: rules as data, one state per rule and point, alerts with their history, and what is still to be sent.
CREATE TABLE rules (
    code        text PRIMARY KEY,
    kind        text NOT NULL CHECK (kind IN ('warning', 'exceedance')),
    statistic   text NOT NULL,
    severity    text NOT NULL,
    body        jsonb NOT NULL,              -- the rule as schemas/rules.py reads it
    valid_from  timestamptz NOT NULL DEFAULT '-infinity',
    enabled     boolean NOT NULL DEFAULT true,
    source      text NOT NULL DEFAULT 'registry'
);

CREATE TABLE alert_states (
    rule        text NOT NULL,
    point_id    int NOT NULL,
    state       text NOT NULL CHECK (state IN ('inactive', 'pending', 'firing', 'recovering', 'no_data', 'not_judged')),
    since       timestamptz NOT NULL,        -- event time of the change into this state
    last_ts     timestamptz NOT NULL,        -- newest event time judged
    alert_id    bigint,
    detail      jsonb NOT NULL DEFAULT '{}',
    PRIMARY KEY (rule, point_id)
) WITH (fillfactor = 70);
CREATE INDEX alert_states_active ON alert_states (point_id) WHERE state <> 'inactive';

CREATE TABLE alerts (
    id            bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    rule          text NOT NULL,
    kind          text NOT NULL CHECK (kind IN ('warning', 'exceedance')),
    point_id      int NOT NULL REFERENCES points,
    state         text NOT NULL CHECK (state IN ('pending', 'firing', 'recovering', 'resolved', 'withdrawn')),
    severity      text NOT NULL,
    statistic     text NOT NULL,
    value         double precision NOT NULL,
    "limit"       double precision NOT NULL,
    unit          text NOT NULL,
    clause        text NOT NULL,
    verified      boolean NOT NULL,
    opened_at     timestamptz NOT NULL,
    resolved_at   timestamptz,
    last_at       timestamptz NOT NULL,      -- newest exceeding stamp
    late          boolean NOT NULL DEFAULT false,
    no_data       boolean NOT NULL DEFAULT false,
    acknowledged_by text,
    assigned_to   text,
    closed_at     timestamptz,
    rule_body     jsonb NOT NULL,            -- the rule as it stood
    evidence      jsonb NOT NULL DEFAULT '{}',
    created_at    timestamptz NOT NULL DEFAULT now(),
    changed_in    xid8 NOT NULL DEFAULT pg_current_xact_id(),
    UNIQUE (rule, point_id, opened_at)
);
CREATE INDEX alerts_open ON alerts (state) WHERE state IN ('pending', 'firing', 'recovering');
CREATE INDEX alerts_point ON alerts (point_id, opened_at);
CREATE INDEX alerts_opened ON alerts (opened_at);
CREATE INDEX alerts_changed ON alerts (changed_in);

CREATE TABLE alert_events (
    id        bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    alert_id  bigint NOT NULL REFERENCES alerts ON DELETE CASCADE,
    at        timestamptz NOT NULL DEFAULT now(),
    event_at  timestamptz,
    event     text NOT NULL,                 -- a state, or acknowledged, assigned, comment, closed
    actor     text NOT NULL DEFAULT 'parkwatch',
    detail    jsonb NOT NULL DEFAULT '{}'
);
CREATE INDEX alert_events_alert ON alert_events (alert_id);

-- Written in the transaction that changed the alert; delivered by whoever owns the channel, at least once.
CREATE TABLE outbox (
    id            bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    channel       text NOT NULL,             -- mqtt, log, webhook:<name>
    alert_id      bigint REFERENCES alerts ON DELETE CASCADE,
    payload       jsonb NOT NULL,
    created_at    timestamptz NOT NULL DEFAULT now(),
    due_at        timestamptz NOT NULL DEFAULT now(),
    attempts      int NOT NULL DEFAULT 0,
    last_error    text,
    delivered_at  timestamptz
);
CREATE INDEX outbox_due ON outbox (channel, due_at) WHERE delivered_at IS NULL;

-- What the watch caches of rules and points is stale when a row was added here. Appended, never updated: nobody waits.
CREATE TABLE watch_changes (
    id          bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    changed_at  timestamptz NOT NULL DEFAULT now()
);

CREATE FUNCTION note_watch_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO watch_changes DEFAULT VALUES;
    RETURN NULL;
END $$;
CREATE TRIGGER rules_watched AFTER INSERT OR UPDATE OR DELETE ON rules
    FOR EACH STATEMENT EXECUTE FUNCTION note_watch_change();
CREATE TRIGGER points_watched AFTER INSERT OR UPDATE OR DELETE ON points
    FOR EACH STATEMENT EXECUTE FUNCTION note_watch_change();
CREATE TRIGGER enterprises_watched AFTER UPDATE ON enterprises
    FOR EACH STATEMENT EXECUTE FUNCTION note_watch_change();

-- The last hour whose end the watch has judged; one row.
CREATE TABLE judged_hours (
    one      boolean PRIMARY KEY DEFAULT true CHECK (one),
    through  timestamptz NOT NULL        -- start of that hour
);

CREATE TABLE marks (
    id           bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    point_id     int NOT NULL REFERENCES points,
    kind         text NOT NULL CHECK (kind IN ('fault', 'calibration', 'maintenance', 'start_up', 'shutdown')),
    from_ts      timestamptz NOT NULL,
    to_ts        timestamptz NOT NULL CHECK (to_ts > from_ts),
    author       text NOT NULL,
    reason       text NOT NULL,
    automatic    boolean NOT NULL DEFAULT false,
    accepted_at  timestamptz,
    created_at   timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX marks_point ON marks (point_id, from_ts);
