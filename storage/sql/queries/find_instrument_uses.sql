-- Who uses an instrument id or any of these serials already.
SELECT i.id AS serial, i.id AS instrument, e.code AS enterprise
FROM instruments i JOIN enterprises e ON e.id = i.enterprise_id WHERE i.id = %(id)s::text
UNION
SELECT s.serial, s.instrument_id, e.code
FROM instrument_serials s JOIN instruments i ON i.id = s.instrument_id JOIN enterprises e ON e.id = i.enterprise_id
WHERE s.serial = ANY (%(serials)s::text[])
ORDER BY serial
