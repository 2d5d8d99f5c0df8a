-- A part says that it is alive, and whether it can do its work.
INSERT INTO heartbeats (part, beat_at, well) VALUES (%(part)s::text, %(now)s::timestamptz, %(well)s::boolean)
ON CONFLICT (part) DO UPDATE SET beat_at = excluded.beat_at, well = excluded.well
