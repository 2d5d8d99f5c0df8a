-- A restated month rests on what is there now.
UPDATE period_closings SET instruments = %(instruments)s::jsonb, gaps = %(gaps)s::jsonb WHERE month = %(month)s::date
