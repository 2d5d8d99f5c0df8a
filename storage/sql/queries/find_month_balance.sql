-- Whether a month has accounts.
SELECT true FROM energy_balances WHERE grain = 'month' AND starts_at = %(starts_at)s::timestamptz LIMIT 1
