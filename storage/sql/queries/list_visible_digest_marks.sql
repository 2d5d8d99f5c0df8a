-- Marks of an enterprise that wait for acceptance, and those in force that touch [from, to), in the order of their begin.
SELECT id, address, kind, from_ts, to_ts, state, waits_for FROM visible.marks
WHERE enterprise = %(enterprise)s::text
  AND (state = 'waiting' OR (state = 'in_force' AND from_ts < %(to)s::timestamptz AND to_ts > %(from)s::timestamptz))
ORDER BY from_ts, id
