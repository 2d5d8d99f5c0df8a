-- What happened to a mark, and who did it.
INSERT INTO mark_events (mark_id, event, actor, detail)
VALUES (%(mark_id)s::bigint, %(event)s::text, %(actor)s::text, %(detail)s::text)
