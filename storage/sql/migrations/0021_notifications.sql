-- From an alert to the people: notices, groups, silences, messages; alerts of scopes beside alerts of points.
ALTER TABLE alerts ALTER COLUMN point_id DROP NOT NULL;
ALTER TABLE alerts ADD COLUMN scope text;        -- as in the API, of a share or a budget
ALTER TABLE alerts ADD CONSTRAINT alerts_of_point_or_scope CHECK ((point_id IS NULL) <> (scope IS NULL));
-- Checked at the end of a statement: many alerts change at once.
ALTER TABLE alerts DROP CONSTRAINT alerts_rule_point_id_opened_at_key;
ALTER TABLE alerts ADD CONSTRAINT alerts_rule_point_id_opened_at_key
    UNIQUE (rule, point_id, opened_at) DEFERRABLE INITIALLY IMMEDIATE;
CREATE UNIQUE INDEX alerts_rule_scope_opened ON alerts (rule, scope, opened_at) WHERE scope IS NOT NULL;

CREATE OR REPLACE VIEW visible.alerts WITH (security_barrier) AS
SELECT a.id, a.rule, a.kind, a.point_id, a.state, a.severity, a.statistic, a.value, a."limit", a.unit, a.clause, a.verified,
       a.opened_at, a.resolved_at, a.last_at, a.late, a.no_data, a.acknowledged_by, a.assigned_to, a.closed_at, a.rule_body,
       a.evidence, a.created_at, a.changed_in, coalesce(p.address, a.scope) AS address,
       coalesce(p.enterprise, e.code, '') AS enterprise, coalesce(p.park, e.park, '') AS park,
       a.closed_by, a.cause, a.explanation, a.measure, coalesce(p.medium, 'electricity') AS medium,
       coalesce(p.role, 'other') AS role, a.scope
FROM alerts a
LEFT JOIN visible.points p ON p.id = a.point_id
LEFT JOIN visible.enterprises e ON a.scope = 'enterprise:' || e.code
WHERE p.id IS NOT NULL OR e.id IS NOT NULL
   OR (a.scope IS NOT NULL AND a.scope NOT LIKE 'enterprise:%'
       AND EXISTS (SELECT FROM role_scopes s WHERE s.role_name = current_user AND s.enterprise_id IS NULL));

-- Written by the judges in their own transaction, only ever appended; taken by the one who groups.
CREATE TABLE notices (
    id         bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    alert_id   bigint NOT NULL REFERENCES alerts ON DELETE CASCADE,
    state      text NOT NULL,
    channels   text[] NOT NULL,
    event_at   timestamptz NOT NULL,       -- when the alert came into the state
    at         timestamptz NOT NULL DEFAULT now()
);

-- What goes out together on a channel, and when next.
CREATE TABLE notification_groups (
    channel   text NOT NULL,
    key       text NOT NULL,
    labels    jsonb NOT NULL,
    first_at  timestamptz NOT NULL,        -- of what waits now
    due_at    timestamptz,                 -- null: nothing to do until a notice comes
    sent_at   timestamptz,
    PRIMARY KEY (channel, key)
);
CREATE INDEX notification_groups_due ON notification_groups (due_at) WHERE due_at IS NOT NULL;

-- What was told of an alert on a channel, and why something was held back.
CREATE TABLE notifications (
    channel     text NOT NULL,
    alert_id    bigint NOT NULL REFERENCES alerts ON DELETE CASCADE,
    group_key   text NOT NULL,
    pending     boolean NOT NULL,
    told_state  text,
    told_at     timestamptz,
    held        text,                      -- silenced, muted, flapping, queue_full
    PRIMARY KEY (channel, alert_id)
);
CREATE INDEX notifications_group ON notifications (channel, group_key) WHERE pending OR told_state = 'firing';

CREATE TABLE escalations (
    alert_id  bigint NOT NULL REFERENCES alerts ON DELETE CASCADE,
    step      int NOT NULL,
    at        timestamptz NOT NULL,
    PRIMARY KEY (alert_id, step)
);

CREATE TABLE silences (
    id           bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    matchers     text[] NOT NULL CHECK (cardinality(matchers) > 0),
    from_ts      timestamptz NOT NULL,
    to_ts        timestamptz NOT NULL CHECK (to_ts > from_ts),
    author       text NOT NULL,
    comment      text NOT NULL,
    declared_by  text NOT NULL,
    created_at   timestamptz NOT NULL DEFAULT now(),
    ended_at     timestamptz,
    ended_by     text
);
CREATE INDEX silences_to ON silences (to_ts);

-- How notifications are grouped, muted, escalated; the registry's, one row.
CREATE TABLE notification_policy (
    one   boolean PRIMARY KEY DEFAULT true CHECK (one),
    body  jsonb NOT NULL
);

-- A message may tell of many alerts; what can no longer be delivered stays as a dead letter.
ALTER TABLE outbox ADD COLUMN dedupe_key text, ADD COLUMN dead_at timestamptz;
CREATE UNIQUE INDEX outbox_dedupe ON outbox (channel, dedupe_key) WHERE dedupe_key IS NOT NULL;
DROP INDEX outbox_due;
CREATE INDEX outbox_due ON outbox (channel, due_at) WHERE delivered_at IS NULL AND dead_at IS NULL;
UPDATE outbox SET dead_at = created_at + interval '3 days' WHERE due_at >= '9999-01-01' AND delivered_at IS NULL;
CREATE TABLE outbox_alerts (
    message_id  bigint NOT NULL REFERENCES outbox ON DELETE CASCADE,
    alert_id    bigint NOT NULL REFERENCES alerts ON DELETE CASCADE,
    state       text NOT NULL,
    PRIMARY KEY (message_id, alert_id)
);
CREATE INDEX outbox_alerts_alert ON outbox_alerts (alert_id);
CREATE INDEX outbox_alert ON outbox (alert_id, id DESC);

-- Every version of a rule, so that one used by an alert stays readable; a removed one is its last version.
ALTER TABLE rules ADD COLUMN changed_by text NOT NULL DEFAULT 'registry';
CREATE TABLE rule_versions (
    code        text NOT NULL,
    version     int NOT NULL,
    body        jsonb NOT NULL,
    enabled     boolean NOT NULL,
    source      text NOT NULL,
    changed_by  text NOT NULL,
    changed_at  timestamptz NOT NULL DEFAULT now(),
    removed     boolean NOT NULL DEFAULT false,
    PRIMARY KEY (code, version)
);
INSERT INTO rule_versions (code, version, body, enabled, source, changed_by)
SELECT code, 1, body, enabled, source, changed_by FROM rules;

CREATE FUNCTION keep_rule_version() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE kept rules := coalesce(NEW, OLD);
BEGIN
    INSERT INTO rule_versions (code, version, body, enabled, source, changed_by, removed)
    SELECT kept.code, coalesce(max(v.version), 0) + 1, kept.body, kept.enabled, kept.source, kept.changed_by, TG_OP = 'DELETE'
    FROM rule_versions v WHERE v.code = kept.code;
    RETURN NULL;
END $$;
CREATE TRIGGER rules_kept AFTER INSERT OR UPDATE OR DELETE ON rules FOR EACH ROW EXECUTE FUNCTION keep_rule_version();

CREATE VIEW visible.rule_versions AS SELECT * FROM rule_versions;
CREATE VIEW visible.silences AS SELECT * FROM silences;
GRANT SELECT ON visible.rule_versions, visible.silences TO parkwatch_reader;
