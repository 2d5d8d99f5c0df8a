-- Take serials for an instrument; the primary key refuses one that is taken.
INSERT INTO instrument_serials (serial, instrument_id)
SELECT serial, %(id)s::text FROM unnest(%(serials)s::text[]) AS serial ORDER BY serial
