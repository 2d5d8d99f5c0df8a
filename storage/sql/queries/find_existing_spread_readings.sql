-- On Citus, of the incoming readings those whose instant is taken: with the same content, or with one superseded before.
WITH taken AS MATERIALIZED (
    SELECT i.seq, i.point_id, i.ts, i.value, i.flag, r.value = i.value AND r.flag = i.flag AS same
    FROM incoming i
    JOIN readings r ON r.point_id = i.point_id AND r.ts = i.ts
    WHERE r.ts BETWEEN %(first)s::timestamptz AND %(last)s::timestamptz
)
SELECT t.seq,
       t.same OR EXISTS (SELECT FROM reading_revisions v
                         WHERE v.point_id = t.point_id AND v.ts = t.ts AND v.value = t.value AND v.flag = t.flag) AS duplicate
FROM taken t
