-- Replace the value of an instant by the newest one.
UPDATE readings r SET value = i.value, flag = i.flag, received_at = %(now)s::timestamptz
FROM incoming i
WHERE r.point_id = i.point_id AND r.ts = i.ts
  AND i.seq = ANY (%(seqs)s::int[]) AND r.ts BETWEEN %(first)s::timestamptz AND %(last)s::timestamptz
