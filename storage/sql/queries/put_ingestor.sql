-- An ingestor says what it subscribes to.
INSERT INTO ingestors (client_id, subscribed, drained, said_at)
VALUES (%(client_id)s::text, %(subscribed)s::text[], %(drained)s::boolean, now())
ON CONFLICT (client_id) DO UPDATE SET subscribed = excluded.subscribed, drained = excluded.drained, said_at = excluded.said_at
