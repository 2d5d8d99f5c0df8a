-- The bytes of messages that wait for a replay, locked until it is committed; one that another replay holds is left to it.
SELECT id, enterprise, gateway, topic, payload FROM rejected_payloads
WHERE id = ANY (%(ids)s::bigint[]) AND replayed_at IS NULL ORDER BY id FOR UPDATE SKIP LOCKED
