-- Let a database role see the enterprise with a code.
INSERT INTO role_scopes (role_name, enterprise_id)
SELECT %(role)s::name, e.id FROM enterprises e WHERE e.code = %(enterprise)s::text
