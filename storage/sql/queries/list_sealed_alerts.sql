-- Alerts that have a seal, after one.
SELECT DISTINCT alert_id FROM evidence_seals WHERE alert_id > %(after)s::bigint ORDER BY alert_id LIMIT %(limit)s::int
