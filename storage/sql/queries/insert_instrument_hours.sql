-- How an hourly settled trade spreads over hours.
INSERT INTO instrument_hours (instrument_id, hour, energy_kwh)
SELECT %(id)s::text, hour, energy_kwh
FROM unnest(%(hours)s::timestamptz[], %(energies_kwh)s::numeric[]) AS t (hour, energy_kwh)
