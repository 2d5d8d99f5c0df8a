-- A certificate or trade of one user.
INSERT INTO instruments (id, enterprise_id, kind, energy_kwh, vintage, period, cancelled_on, settlement, source)
VALUES (%(id)s::text, %(enterprise_id)s::int, %(kind)s::text, %(energy_kwh)s::numeric, %(vintage)s::date,
        %(period)s::date, %(cancelled_on)s::date, %(settlement)s::text, %(source)s::text)
