-- Let one at a time settle, close or restate the months of a year: each of them moves the year's figures.
SELECT pg_advisory_xact_lock(727591, extract(year FROM %(month)s::date)::int)
