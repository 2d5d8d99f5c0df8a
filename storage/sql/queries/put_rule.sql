-- Make a rule of the registry what its file says; a rule made elsewhere under the same code is left alone.
INSERT INTO rules (code, kind, statistic, severity, body, valid_from, enabled, source)
SELECT %(code)s::text, %(kind)s::text, %(statistic)s::text, %(severity)s::text, %(body)s::jsonb,
       coalesce(%(valid_from)s::timestamptz, '-infinity'), %(enabled)s::boolean, 'registry'
WHERE %(code)s::text IS NOT NULL
ON CONFLICT (code) DO UPDATE
SET kind = excluded.kind, statistic = excluded.statistic, severity = excluded.severity, body = excluded.body,
    valid_from = excluded.valid_from, enabled = excluded.enabled
WHERE rules.source = 'registry'
