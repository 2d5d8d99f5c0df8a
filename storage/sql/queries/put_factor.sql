-- A shipped factor as it is shipped.
INSERT INTO factors AS f (id, kind, name, value, unit, region, data_year, valid_from, published_on, standard, verified, source)
VALUES (%(id)s::text, %(kind)s::text, %(name)s::text, %(value)s::numeric, %(unit)s::text, %(region)s::text,
        %(data_year)s::int, %(valid_from)s::date, %(published_on)s::date, %(standard)s::text, %(verified)s::boolean,
        %(source)s::text)
ON CONFLICT (id) DO UPDATE SET
    kind = excluded.kind, name = excluded.name, value = excluded.value, unit = excluded.unit, region = excluded.region,
    data_year = excluded.data_year, valid_from = excluded.valid_from, published_on = excluded.published_on,
    standard = excluded.standard, verified = excluded.verified, source = excluded.source
WHERE f IS DISTINCT FROM excluded
