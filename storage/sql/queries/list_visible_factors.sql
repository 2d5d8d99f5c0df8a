-- All factors, as every caller may see them.
SELECT id, kind, name, value, unit, region, data_year, valid_from, published_on, standard, verified, source
FROM visible.factors ORDER BY id
