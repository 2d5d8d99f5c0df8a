-- Of the incoming readings those whose instant is taken: with the same content, or with one that was superseded before.
SELECT i.seq,
       (r.value = i.value AND r.flag = i.flag)
       OR EXISTS (SELECT FROM reading_revisions v
                  WHERE v.point_id = i.point_id AND v.ts = i.ts AND v.value = i.value AND v.flag = i.flag) AS duplicate
FROM incoming i
JOIN readings r ON r.point_id = i.point_id AND r.ts = i.ts
WHERE r.ts BETWEEN %(first)s::timestamptz AND %(last)s::timestamptz
