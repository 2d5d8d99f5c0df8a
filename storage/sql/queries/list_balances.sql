-- Stored balances of a grain that begin in a time.
SELECT enterprise_id, starts_at, terms, activities FROM energy_balances
WHERE grain = %(grain)s::text AND starts_at >= %(from_ts)s::timestamptz AND starts_at < %(to_ts)s::timestamptz
