-- Gateways that speak for a point in use: when they were heard, since when again, and when their will came.
SELECT e.code AS enterprise, e.name AS enterprise_name, k.code AS park, e.industry, g.gateway,
       (extract(epoch FROM g.heard_at) * 1000000)::bigint AS heard_us,
       (extract(epoch FROM g.back_at) * 1000000)::bigint AS back_us,
       (extract(epoch FROM g.gone_at) * 1000000)::bigint AS gone_us
FROM gateway_words g
JOIN enterprises e ON e.id = g.enterprise_id
JOIN parks k ON k.id = e.park_id
WHERE EXISTS (SELECT FROM point_gateways s JOIN points p ON p.id = s.point_id
              WHERE p.enterprise_id = g.enterprise_id AND s.gateway = g.gateway AND p.retired_at IS NULL)
ORDER BY e.code, g.gateway
