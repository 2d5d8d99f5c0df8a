-- Hours of air points before an instant whose readings have changed since their facts were computed.
SELECT count(DISTINCT (d.point_id, d.hour)) FROM dirty_hours d JOIN points p ON p.id = d.point_id
WHERE p.medium = 'air' AND d.hour < %(before)s::timestamptz
