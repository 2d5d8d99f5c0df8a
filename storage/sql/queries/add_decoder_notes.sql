-- Count what a decoder tolerated or met.
INSERT INTO decoder_notes (language, kind, noted) VALUES (%(language)s::text, %(kind)s::text, %(noted)s::bigint)
ON CONFLICT (language, kind) DO UPDATE SET noted = decoder_notes.noted + excluded.noted
