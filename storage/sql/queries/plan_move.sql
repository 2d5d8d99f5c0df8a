-- An enterprise is to go to another ingestor; back to where it is, the plan is dropped.
UPDATE ingest_shares
SET successor = nullif(%(successor)s::text, ingestor), stage = CASE WHEN %(successor)s::text = ingestor THEN NULL ELSE 'wanted' END
WHERE enterprise = %(enterprise)s::text AND coalesce(successor, ingestor) <> %(successor)s::text
