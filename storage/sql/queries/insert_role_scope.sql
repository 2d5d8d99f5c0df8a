-- Let a database role see one enterprise.
INSERT INTO role_scopes (role_name, enterprise_id)
SELECT %(role)s::name, e.id FROM enterprises e WHERE e.id = %(enterprise_id)s::int
ON CONFLICT DO NOTHING
