-- Replace the value of an instant by the newest one. The list of points lets a columnstore open their rows alone.
UPDATE readings r SET value = i.value, flag = i.flag, received_at = %(received_at)s::timestamptz
FROM incoming i
WHERE r.point_id = i.point_id AND r.ts = i.ts AND r.point_id = ANY (%(point_ids)s::int[])
  AND i.seq = ANY (%(seqs)s::int[]) AND r.ts BETWEEN %(first)s::timestamptz AND %(last)s::timestamptz
