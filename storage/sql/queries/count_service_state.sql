-- What the metrics tell of the service besides the books.
SELECT (SELECT count(*) FROM dirty_hours) AS dirty_hours,
       (SELECT extract(epoch FROM now() - min(marked_at)) FROM dirty_hours)::float8 AS dirty_age_s,
       (SELECT extract(epoch FROM now() - max(received_at)) FROM latest_readings)::float8 AS newest_reading_age_s,
       (SELECT count(*) FROM imports WHERE state IN ('queued', 'running')) AS imports_open,
       (SELECT count(*) FROM outbox WHERE delivered_at IS NULL AND dead_at IS NULL) AS outbox_waiting
