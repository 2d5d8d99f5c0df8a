-- Every version of a rule, the newest first.
SELECT code, version, body ->> 'kind' AS kind, body ->> 'statistic' AS statistic, body, enabled, source, changed_by, changed_at,
       removed
FROM visible.rule_versions WHERE code = %(code)s::text ORDER BY version DESC LIMIT 1000
