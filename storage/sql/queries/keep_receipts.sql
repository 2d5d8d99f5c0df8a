-- The answers to a batch of messages, for gateways that missed them.
INSERT INTO receipts (enterprise, gateway, message_id, sha256, body)
SELECT * FROM unnest(%(enterprises)s::text[], %(gateways)s::text[], %(message_ids)s::text[], %(sha256s)s::text[],
                     %(bodies)s::jsonb[])
