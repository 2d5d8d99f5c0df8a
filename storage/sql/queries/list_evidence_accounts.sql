-- The account of a scope's month or year as it stands, by one accounting rule: of the period that an instant ends in.
SELECT 'green_power' AS subject, to_jsonb(g) AS account
FROM (SELECT * FROM green_power WHERE scope = %(scope)s::text AND grain = %(grain)s::text AND rule = %(rule)s::text
                                  AND starts_at < %(at)s::timestamptz ORDER BY starts_at DESC LIMIT 1) g
UNION ALL
SELECT 'emissions', to_jsonb(e)
FROM (SELECT * FROM emissions WHERE scope = %(scope)s::text AND grain = %(grain)s::text AND rule = %(rule)s::text
                                AND starts_at < %(at)s::timestamptz ORDER BY starts_at DESC LIMIT 1) e
