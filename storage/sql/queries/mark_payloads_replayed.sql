-- These messages have been taken in again.
UPDATE rejected_payloads SET replayed_at = %(now)s::timestamptz WHERE id = ANY (%(ids)s::bigint[])
