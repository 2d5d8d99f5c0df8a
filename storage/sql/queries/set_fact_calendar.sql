-- From now on facts of days and months are those of this zone.
INSERT INTO fact_calendar (timezone) VALUES (%(timezone)s::text)
ON CONFLICT (one) DO UPDATE SET timezone = excluded.timezone
