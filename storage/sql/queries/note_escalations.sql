-- These alerts were passed on, or need not be.
INSERT INTO escalations (alert_id, step, at)
SELECT alert_id, %(step)s::int, %(now)s::timestamptz FROM unnest(%(alert_ids)s::bigint[]) AS alert_id
ON CONFLICT DO NOTHING
