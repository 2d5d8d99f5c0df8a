-- A point that is the caller's to see, by its address.
SELECT id, enterprise_id, address, kind, unit FROM visible.points WHERE address = %(address)s::text
