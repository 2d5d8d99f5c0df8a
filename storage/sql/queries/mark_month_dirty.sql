-- The accounts of a month are to be made again: every day of it that has begun.
INSERT INTO dirty_days (enterprise_id, day)
SELECT e.id, day::date
FROM (SELECT id FROM enterprises ORDER BY id LIMIT 1) e,
     generate_series(%(month)s::date::timestamp,
                     least(%(month)s::date + interval '1 month - 1 day', %(today)s::date::timestamp), interval '1 day') AS day
