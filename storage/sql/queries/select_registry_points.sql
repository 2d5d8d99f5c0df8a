-- The points of an enterprise that the registry file owns.
SELECT * FROM points WHERE enterprise_id = %(enterprise_id)s::int AND source = 'registry'
