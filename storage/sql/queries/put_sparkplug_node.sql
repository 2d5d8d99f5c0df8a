-- Remember the state of an edge node; its births are written only where they are given.
INSERT INTO sparkplug_nodes (enterprise, edge, births, seq, bd_seq, asked_us, updated_at)
VALUES (%(enterprise)s::text, %(edge)s::text, coalesce(%(births)s::bytea, '{}'::bytea), %(seq)s::int, %(bd_seq)s::numeric,
        %(asked_us)s::bigint, %(now)s::timestamptz)
ON CONFLICT (enterprise, edge) DO UPDATE
SET births = coalesce(%(births)s::bytea, sparkplug_nodes.births), seq = excluded.seq, bd_seq = excluded.bd_seq,
    asked_us = excluded.asked_us, updated_at = excluded.updated_at
