-- Let go of an import.
SELECT pg_advisory_unlock(7275900, %(id)s::int)
