-- Messages that wait, by channel.
SELECT channel, count(*)::int AS waiting FROM outbox WHERE delivered_at IS NULL AND dead_at IS NULL GROUP BY channel
