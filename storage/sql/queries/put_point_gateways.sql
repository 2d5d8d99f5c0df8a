-- Note the gateway that speaks for each of these points.
INSERT INTO point_gateways (point_id, gateway)
SELECT t.point_id, t.gateway FROM unnest(%(point_ids)s::int[], %(gateways)s::text[]) AS t (point_id, gateway) ORDER BY 1
ON CONFLICT (point_id) DO UPDATE SET gateway = excluded.gateway WHERE point_gateways.gateway <> excluded.gateway
