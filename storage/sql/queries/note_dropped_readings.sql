-- Enter into the books what of a day is dropped and what of it is kept as evidence; how many readings are dropped.
WITH counted AS (
    SELECT e.code, count(*) AS all_of_it, count(*) FILTER (WHERE k.point_id IS NOT NULL) AS kept
    FROM readings r JOIN points p ON p.id = r.point_id JOIN enterprises e ON e.id = p.enterprise_id
    LEFT JOIN evidence_readings k ON k.point_id = r.point_id AND k.ts = r.ts
    WHERE r.ts >= %(start)s::timestamptz AND r.ts < %(end)s::timestamptz
    GROUP BY e.code
), noted AS (
    INSERT INTO dropped_readings (day, enterprise, dropped, kept)
    SELECT %(day)s::date, code, all_of_it - kept, kept FROM counted WHERE %(day)s::date IS NOT NULL
    RETURNING dropped
)
SELECT coalesce(sum(dropped), 0)::bigint FROM noted
