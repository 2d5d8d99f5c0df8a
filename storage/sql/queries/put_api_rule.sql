-- A rule made or changed by API; one of the registry is left alone.
INSERT INTO rules (code, kind, statistic, severity, body, valid_from, enabled, source, changed_by)
SELECT %(code)s::text, %(kind)s::text, %(statistic)s::text, %(severity)s::text, %(body)s::jsonb,
       coalesce(%(valid_from)s::timestamptz, '-infinity'), %(enabled)s::boolean, 'api', %(actor)s::text
WHERE %(code)s::text IS NOT NULL
ON CONFLICT (code) DO UPDATE
SET kind = excluded.kind, statistic = excluded.statistic, severity = excluded.severity, body = excluded.body,
    valid_from = excluded.valid_from, enabled = excluded.enabled, changed_by = excluded.changed_by
WHERE rules.source = 'api'
