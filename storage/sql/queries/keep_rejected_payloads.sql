-- Keep the bytes of messages of which at least one reading was refused; ids come from reserve_payload_ids.
INSERT INTO rejected_payloads (id, received_at, enterprise, gateway, topic, payload) OVERRIDING SYSTEM VALUE
SELECT id, %(now)s::timestamptz, enterprise, gateway, topic, payload
FROM unnest(%(ids)s::bigint[], %(enterprises)s::text[], %(gateways)s::text[], %(topics)s::text[], %(payloads)s::bytea[])
     AS kept (id, enterprise, gateway, topic, payload)
