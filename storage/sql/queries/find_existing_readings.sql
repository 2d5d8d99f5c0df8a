-- Of the incoming readings those whose instant is taken: with the same content, or with one that was superseded before.
-- OFFSET 0: each is looked up by its key; statistics that end before the newest readings would make the planner go the
-- other way, through all pairs or a whole day.
WITH taken AS MATERIALIZED (
    SELECT i.seq, i.point_id, i.ts, i.value, i.flag, r.value = i.value AND r.flag = i.flag AS same
    FROM incoming i CROSS JOIN LATERAL (
        SELECT * FROM readings
        WHERE point_id = i.point_id AND ts = i.ts AND ts BETWEEN %(first)s::timestamptz AND %(last)s::timestamptz
        OFFSET 0) r
)
SELECT t.seq,
       t.same OR EXISTS (SELECT FROM reading_revisions v
                         WHERE v.point_id = t.point_id AND v.ts = t.ts AND v.value = t.value AND v.flag = t.flag) AS duplicate
FROM taken t
