-- A shipped target, unless one of that code exists: a target may be set by people.
INSERT INTO targets (code, name, metric, scope, year, value, unit, source)
VALUES (%(code)s::text, %(name)s::text, %(metric)s::text, %(scope)s::text, %(year)s::int, %(value)s::numeric,
        %(unit)s::text, %(source)s::text)
ON CONFLICT (code) DO NOTHING
