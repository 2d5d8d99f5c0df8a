-- The successor has subscribed, and keeps what comes until it is its own.
UPDATE ingest_shares SET stage = 'secured'
WHERE enterprise = %(enterprise)s::text AND successor = %(client_id)s::text AND stage = 'offered'
