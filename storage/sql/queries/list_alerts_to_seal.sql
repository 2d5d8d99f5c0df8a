-- Exceedances that are over, were quiet for a while, and are not what their newest seal says.
SELECT a.id, concat_ws('|', a.state, extract(epoch FROM a.opened_at), extract(epoch FROM a.resolved_at), a.value) AS stands
FROM alerts a
LEFT JOIN LATERAL (SELECT s.stands FROM evidence_seals s WHERE s.alert_id = a.id ORDER BY s.id DESC LIMIT 1) s ON true
WHERE a.kind = 'exceedance' AND a.state IN ('resolved', 'withdrawn')
  AND s.stands IS DISTINCT FROM concat_ws('|', a.state, extract(epoch FROM a.opened_at), extract(epoch FROM a.resolved_at), a.value)
  AND NOT EXISTS (SELECT FROM alert_events v WHERE v.alert_id = a.id AND v.at > %(quiet_since)s::timestamptz)
  AND NOT EXISTS (SELECT FROM outbox o WHERE o.alert_id = a.id AND o.delivered_at IS NULL
                                         AND o.created_at > %(patient_since)s::timestamptz)
  AND NOT EXISTS (SELECT FROM outbox_alerts m JOIN outbox o ON o.id = m.message_id
                  WHERE m.alert_id = a.id AND o.delivered_at IS NULL AND o.created_at > %(patient_since)s::timestamptz)
  AND NOT EXISTS (SELECT FROM notifications n JOIN notification_groups g ON g.channel = n.channel AND g.key = n.group_key
                  WHERE n.alert_id = a.id AND n.pending AND g.first_at > %(patient_since)s::timestamptz)
ORDER BY a.id LIMIT %(limit)s::int
