-- The ingestors with what they subscribe to, and their last sign of life.
SELECT i.client_id, i.subscribed, i.drained, h.beat_at FROM ingestors i LEFT JOIN heartbeats h ON h.part = i.client_id
ORDER BY i.client_id
