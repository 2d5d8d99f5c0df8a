-- The manual marks, in force or waiting, that share points and time with a new one of an outlet or a point.
SELECT m.id FROM marks m
WHERE m.enterprise_id = %(enterprise_id)s::int AND NOT m.automatic AND m.state IN ('in_force', 'waiting')
  AND m.from_ts < %(to_ts)s::timestamptz AND m.to_ts > %(from_ts)s::timestamptz
  AND (m.outlet = %(outlet)s::text OR m.point_id = %(point_id)s::int
       OR m.point_id IN (SELECT p.id FROM points p
                         WHERE p.enterprise_id = %(enterprise_id)s::int AND p.outlet = %(outlet)s::text)
       OR m.outlet = (SELECT p.outlet FROM points p WHERE p.id = %(point_id)s::int))
ORDER BY m.id
