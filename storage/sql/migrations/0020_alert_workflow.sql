-- What people do about alerts, and evidence that is sealed: neither can be rewritten afterwards.
ALTER TABLE alerts ADD COLUMN closed_by text, ADD COLUMN cause text, ADD COLUMN explanation text, ADD COLUMN measure text;

-- The audit trail: who, when, what, from what to what. Appended, never changed.
ALTER TABLE alert_events ADD COLUMN was text, ADD COLUMN becomes text;

CREATE FUNCTION refuse_rewriting() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION '% is append-only: a row is never changed or deleted', TG_TABLE_NAME
        USING ERRCODE = 'restrict_violation';
END $$;
CREATE TRIGGER alert_events_stay BEFORE UPDATE OR DELETE ON alert_events
    FOR EACH ROW EXECUTE FUNCTION refuse_rewriting();

-- An exceedance's evidence as it stood when it was sealed: the canonical JSON that was hashed, byte for byte.
CREATE TABLE evidence_seals (
    id         bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    alert_id   bigint NOT NULL REFERENCES alerts,
    sealed_at  timestamptz NOT NULL,
    sha256     text NOT NULL,
    body       text NOT NULL,
    stands     text NOT NULL                 -- what of the alert a newer seal must differ in
);
CREATE INDEX evidence_seals_alert ON evidence_seals (alert_id, id);
CREATE TRIGGER evidence_seals_stay BEFORE UPDATE OR DELETE ON evidence_seals
    FOR EACH ROW EXECUTE FUNCTION refuse_rewriting();

CREATE OR REPLACE VIEW visible.alerts WITH (security_barrier) AS
SELECT a.id, a.rule, a.kind, a.point_id, a.state, a.severity, a.statistic, a.value, a."limit", a.unit, a.clause, a.verified,
       a.opened_at, a.resolved_at, a.last_at, a.late, a.no_data, a.acknowledged_by, a.assigned_to, a.closed_at, a.rule_body,
       a.evidence, a.created_at, a.changed_in, p.address, p.enterprise, p.park,
       a.closed_by, a.cause, a.explanation, a.measure, p.medium, p.role
FROM alerts a JOIN visible.points p ON p.id = a.point_id;

CREATE OR REPLACE VIEW visible.alert_events WITH (security_barrier) AS
SELECT v.id, v.alert_id, v.at, v.event_at, v.event, v.actor, v.detail, v.was, v.becomes
FROM alert_events v JOIN visible.alerts a ON a.id = v.alert_id;

CREATE VIEW visible.evidence_seals WITH (security_barrier) AS
SELECT s.id, s.alert_id, s.sealed_at, s.sha256 FROM evidence_seals s JOIN visible.alerts a ON a.id = s.alert_id;
GRANT SELECT ON visible.evidence_seals TO parkwatch_reader;
