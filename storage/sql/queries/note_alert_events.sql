-- Steps in the history of alerts, in the order given.
INSERT INTO alert_events (alert_id, event_at, event, detail)
SELECT t.alert_id, t.at, t.event, t.detail
FROM unnest(%(alert_ids)s::bigint[], %(events)s::text[], %(at)s::timestamptz[], %(details)s::jsonb[])
     WITH ORDINALITY AS t (alert_id, event, at, detail, n)
ORDER BY t.n
