-- Before this instant facts stand for good; a line never goes back. The line as it is drawn now.
INSERT INTO retention_lines AS l (level, settled_before, reason) VALUES (%(level)s::text, %(at)s::timestamptz, %(reason)s::text)
ON CONFLICT (level) DO UPDATE
SET settled_before = greatest(l.settled_before, excluded.settled_before), reason = excluded.reason, drawn_at = now()
RETURNING settled_before
