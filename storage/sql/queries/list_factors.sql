-- All factors.
SELECT id, kind, name, value, unit, region, data_year, valid_from, published_on, standard, verified, source
FROM factors ORDER BY id
