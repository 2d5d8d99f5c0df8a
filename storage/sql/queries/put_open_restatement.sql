-- What a closed month would change, for a person to decide; a request that was made already stays.
INSERT INTO restatements AS r (month, state, days, changed_rows)
VALUES (%(month)s::date, 'pending', %(days)s::date[], %(changed_rows)s::int)
ON CONFLICT (month) WHERE state <> 'applied'
DO UPDATE SET days = excluded.days, changed_rows = excluded.changed_rows
RETURNING id
