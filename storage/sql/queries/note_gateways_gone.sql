-- Note the wills of gateways that spoke before; one of another connection than the newest is left out.
UPDATE gateway_words g SET gone_at = greatest(g.gone_at, t.gone_at)
FROM unnest(%(enterprises)s::text[], %(gateways)s::text[], %(gone)s::timestamptz[], %(sessions)s::text[])
     AS t (enterprise, gateway, gone_at, session)
JOIN enterprises e ON e.code = t.enterprise
WHERE g.enterprise_id = e.id AND g.gateway = t.gateway AND (t.session = '' OR g.session = '' OR t.session = g.session)
