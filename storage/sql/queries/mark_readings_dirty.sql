-- Every hour of these points that has readings or facts in [from, to) is to be computed again.
INSERT INTO dirty_hours (point_id, hour)
SELECT DISTINCT p.id, date_trunc('hour', r.ts - CASE p.kind WHEN 'interval' THEN interval '1 microsecond' ELSE '0' END)
FROM points p JOIN readings r ON r.point_id = p.id
WHERE p.id = ANY(%(point_ids)s::int[]) AND r.ts >= %(from)s::timestamptz AND r.ts < %(to)s::timestamptz
UNION
SELECT point_id, hour FROM hourly_facts
WHERE point_id = ANY(%(point_ids)s::int[]) AND hour >= %(from)s::timestamptz AND hour < %(to)s::timestamptz
