-- Green power of a scope in [from, to) at one grain; without a rule, the default one of those it was computed by.
WITH period AS (
    SELECT * FROM visible.green_power
    WHERE scope = %(scope)s::text AND grain = %(grain)s::text
      AND starts_at >= %(from)s::timestamptz AND starts_at < %(to)s::timestamptz
), chosen AS (
    SELECT coalesce(%(rule)s::text, (
        SELECT g.rule FROM (SELECT DISTINCT rule FROM period) g
        LEFT JOIN visible.accounting_rules r
               ON r.subject = 'green_power' AND r.is_default AND r.code = regexp_replace(g.rule, '[@/: ].*$', '')
        ORDER BY r.code IS NULL, g.rule DESC LIMIT 1)) AS rule
)
SELECT period.* FROM period JOIN chosen USING (rule)
ORDER BY starts_at LIMIT %(limit)s::int
