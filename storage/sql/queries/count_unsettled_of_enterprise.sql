-- Hours of an enterprise in [from, to) that wait to be computed.
SELECT count(*) FROM (
    SELECT DISTINCT d.point_id, d.hour FROM visible.dirty_hours d JOIN visible.points p ON p.id = d.point_id
    WHERE p.enterprise = %(enterprise)s::text AND d.hour >= %(from)s::timestamptz AND d.hour < %(to)s::timestamptz) waiting
