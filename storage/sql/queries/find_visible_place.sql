-- Where a point that is the caller's to see stands, and what it measures.
SELECT address, park, quantity, role, unit, longitude, latitude FROM visible.points WHERE id = %(id)s::int
