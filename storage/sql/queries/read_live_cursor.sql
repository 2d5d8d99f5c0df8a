-- Every transaction below this number has ended: what it changed can be seen.
SELECT pg_snapshot_xmin(pg_current_snapshot())::text::bigint
