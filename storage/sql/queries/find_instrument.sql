-- One instrument with its owner, serials and hours.
SELECT i.enterprise_id, i.id, i.kind, i.energy_kwh, i.vintage, i.period, i.cancelled_on, i.settlement,
       ARRAY(SELECT s.serial FROM instrument_serials s WHERE s.instrument_id = i.id ORDER BY s.serial) AS serials,
       ARRAY(SELECT h.hour FROM instrument_hours h WHERE h.instrument_id = i.id ORDER BY h.hour) AS hours,
       ARRAY(SELECT h.energy_kwh FROM instrument_hours h WHERE h.instrument_id = i.id ORDER BY h.hour) AS energies_kwh
FROM instruments i WHERE i.id = %(id)s::text
