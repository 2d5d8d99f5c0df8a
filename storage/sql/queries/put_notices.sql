-- People are to be told of these alerts; the channels of one are separated by blanks.
INSERT INTO notices (alert_id, state, channels, event_at)
SELECT t.alert_id, t.state, string_to_array(t.channels, ' '), t.at
FROM unnest(%(alert_ids)s::bigint[], %(states)s::text[], %(channels)s::text[], %(at)s::timestamptz[])
     WITH ORDINALITY AS t (alert_id, state, channels, at, n)
ORDER BY t.n
