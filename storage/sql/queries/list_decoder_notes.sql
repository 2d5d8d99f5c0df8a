-- How often a decoder tolerated or met what.
SELECT language, kind, noted FROM decoder_notes ORDER BY language, kind
