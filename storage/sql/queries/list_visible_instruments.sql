-- Certificates and trades of the caller's enterprises, by id.
SELECT id, enterprise, kind, energy_kwh::float8 AS energy_kwh, vintage, period, cancelled_on, settlement, source
FROM visible.instruments
WHERE (%(enterprise)s::text IS NULL OR enterprise = %(enterprise)s::text)
  AND (%(after)s::text IS NULL OR id > %(after)s::text)
ORDER BY id LIMIT %(limit)s::int
