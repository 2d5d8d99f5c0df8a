-- Alerts of gateways and enterprises that fall silent: of scopes without a period, of which each silence is one.
ALTER TABLE alerts DROP CONSTRAINT alerts_of_scope_have_period;
ALTER TABLE alerts ADD CONSTRAINT alerts_with_period_have_scope CHECK (period IS NULL OR scope IS NOT NULL);
CREATE UNIQUE INDEX alerts_rule_scope_opened ON alerts (rule, scope, opened_at) WHERE scope IS NOT NULL AND period IS NULL;
CREATE INDEX alerts_silent ON alerts (scope) WHERE statistic = 'missing' AND state IN ('firing', 'recovering');

-- The enterprise of a scope: of enterprise:E, and of gateway:E/G; null for the others.
CREATE FUNCTION scope_enterprise(scope text) RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN CASE WHEN scope LIKE 'enterprise:%' THEN substr(scope, 12)
            WHEN scope LIKE 'gateway:%' THEN split_part(substr(scope, 9), '/', 1) END;

CREATE OR REPLACE VIEW visible.scope_states WITH (security_barrier) AS
SELECT s.* FROM scope_states s
WHERE EXISTS (SELECT FROM role_scopes r WHERE r.role_name = current_user AND r.enterprise_id IS NULL)
   OR scope_enterprise(s.scope) IN (SELECT code FROM visible.enterprises);

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
LEFT JOIN visible.enterprises e ON scope_enterprise(a.scope) = e.code
WHERE p.id IS NOT NULL OR e.id IS NOT NULL
   OR (a.scope IS NOT NULL AND scope_enterprise(a.scope) IS NULL
       AND EXISTS (SELECT FROM role_scopes s WHERE s.role_name = current_user AND s.enterprise_id IS NULL));

CREATE OR REPLACE VIEW alert_labels AS
SELECT a.id AS alert_id,
       jsonb_strip_nulls(jsonb_build_object(
           'rule', a.rule, 'kind', a.kind, 'severity', a.severity, 'statistic', a.statistic, 'verified', a.verified::text,
           'point', coalesce(e.code || '/' || p.code, a.scope), 'scope', a.scope, 'enterprise', e.code,
           'park', coalesce(k.code, substring(a.scope FROM '^park:(.*)$')),
           'industry', coalesce(e.industry, substring(a.scope FROM '^industry:(.*)$')),
           'quantity', p.quantity, 'medium', p.medium, 'role', p.role)) AS labels
FROM alerts a
LEFT JOIN points p ON p.id = a.point_id
LEFT JOIN enterprises s ON s.code = scope_enterprise(a.scope)
LEFT JOIN enterprises e ON e.id = coalesce(p.enterprise_id, s.id)
LEFT JOIN parks k ON k.id = e.park_id;

-- Missing data that the silence of a gateway or an enterprise explains: of its points, and of its gateways.
CREATE VIEW explained_alerts AS
SELECT a.id AS alert_id, s.id AS source_id
FROM alerts a
LEFT JOIN points p ON p.id = a.point_id
LEFT JOIN point_gateways g ON g.point_id = a.point_id
JOIN enterprises e ON e.id = p.enterprise_id OR e.code = scope_enterprise(a.scope)
JOIN alerts s ON s.scope = 'enterprise:' || e.code OR (a.scope IS NULL AND s.scope = 'gateway:' || e.code || '/' || g.gateway)
WHERE a.statistic = 'missing' AND s.statistic = 'missing' AND s.state IN ('firing', 'recovering')
  AND s.scope IS DISTINCT FROM a.scope;
