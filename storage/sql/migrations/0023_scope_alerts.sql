-- Alerts on shares and budgets: each belongs to a scope and a period, which has one that stands.
ALTER TABLE alerts ADD COLUMN period text;       -- 2026-10 or 2026, of a scope's alert
ALTER TABLE alerts ADD CONSTRAINT alerts_of_scope_have_period CHECK ((scope IS NULL) = (period IS NULL));
DROP INDEX alerts_rule_scope_opened;
CREATE UNIQUE INDEX alerts_rule_scope_period ON alerts (rule, scope, period)
    WHERE scope IS NOT NULL AND state <> 'withdrawn';
CREATE INDEX alerts_scope ON alerts (period) WHERE scope IS NOT NULL;

-- How a rule on a share or a budget stands at a scope after the newest day of a period, and why where it is not judged.
CREATE TABLE scope_states (
    rule      text NOT NULL,
    scope     text NOT NULL,
    period    text NOT NULL,
    state     text NOT NULL CHECK (state IN ('inactive', 'firing', 'recovering', 'not_judged')),
    since     timestamptz NOT NULL,
    last_ts   timestamptz NOT NULL,              -- the end of the newest day judged
    alert_id  bigint,
    detail    jsonb NOT NULL DEFAULT '{}',
    PRIMARY KEY (rule, scope, period)
);

CREATE VIEW visible.scope_states WITH (security_barrier) AS
SELECT s.* FROM scope_states s
WHERE EXISTS (SELECT FROM role_scopes r WHERE r.role_name = current_user AND r.enterprise_id IS NULL)
   OR s.scope IN (SELECT 'enterprise:' || code FROM visible.enterprises);

CREATE OR REPLACE VIEW visible.alerts WITH (security_barrier) AS
SELECT a.id, a.rule, a.kind, a.point_id, a.state, a.severity, a.statistic, a.value, a."limit", a.unit, a.clause, a.verified,
       a.opened_at, a.resolved_at, a.last_at, a.late, a.no_data, a.acknowledged_by, a.assigned_to, a.closed_at, a.rule_body,
       a.evidence, a.created_at, a.changed_in, coalesce(p.address, a.scope) AS address,
       coalesce(p.enterprise, e.code, '') AS enterprise,
       coalesce(p.park, e.park, substring(a.scope FROM '^park:(.*)$'), '') AS park,
       a.closed_by, a.cause, a.explanation, a.measure, coalesce(p.medium, 'electricity') AS medium,
       coalesce(p.role, 'other') AS role, a.scope, a.period
FROM alerts a
LEFT JOIN visible.points p ON p.id = a.point_id
LEFT JOIN visible.enterprises e ON a.scope = 'enterprise:' || e.code
WHERE p.id IS NOT NULL OR e.id IS NOT NULL
   OR (a.scope IS NOT NULL AND a.scope NOT LIKE 'enterprise:%'
       AND EXISTS (SELECT FROM role_scopes s WHERE s.role_name = current_user AND s.enterprise_id IS NULL));

-- What matchers and groups of notifications go by; of a scope's alert the scope stands for the point as well.
CREATE VIEW alert_labels AS
SELECT a.id AS alert_id,
       jsonb_strip_nulls(jsonb_build_object(
           'rule', a.rule, 'kind', a.kind, 'severity', a.severity, 'statistic', a.statistic, 'verified', a.verified::text,
           'point', coalesce(e.code || '/' || p.code, a.scope), 'scope', a.scope, 'enterprise', e.code,
           'park', coalesce(k.code, substring(a.scope FROM '^park:(.*)$')),
           'industry', coalesce(e.industry, substring(a.scope FROM '^industry:(.*)$')),
           'quantity', p.quantity, 'medium', p.medium, 'role', p.role)) AS labels
FROM alerts a
LEFT JOIN points p ON p.id = a.point_id
LEFT JOIN enterprises s ON 'enterprise:' || s.code = a.scope
LEFT JOIN enterprises e ON e.id = coalesce(p.enterprise_id, s.id)
LEFT JOIN parks k ON k.id = e.park_id;

GRANT SELECT ON visible.scope_states TO parkwatch_reader;
