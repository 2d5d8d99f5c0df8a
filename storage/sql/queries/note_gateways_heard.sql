-- Note when gateways of known enterprises spoke; what came before the newest word changes nothing.
INSERT INTO gateway_words AS g (enterprise_id, gateway, back_at, heard_at, session)
SELECT e.id, t.gateway, t.first_at, t.heard_at, coalesce(t.session, '')
FROM unnest(%(enterprises)s::text[], %(gateways)s::text[], %(first)s::timestamptz[], %(heard)s::timestamptz[],
            %(sessions)s::text[]) AS t (enterprise, gateway, first_at, heard_at, session)
JOIN enterprises e ON e.code = t.enterprise
ORDER BY e.id, t.gateway
ON CONFLICT (enterprise_id, gateway) DO UPDATE
SET back_at = CASE WHEN excluded.heard_at > g.heard_at
                    AND (excluded.back_at > g.heard_at + interval '1 minute' OR g.gone_at > g.heard_at)
                   THEN greatest(excluded.back_at, g.gone_at) ELSE g.back_at END,
    heard_at = greatest(g.heard_at, excluded.heard_at),
    session = CASE WHEN excluded.session <> '' THEN excluded.session ELSE g.session END
