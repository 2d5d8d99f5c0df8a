-- Let a database role see every enterprise.
INSERT INTO role_scopes (role_name, enterprise_id) VALUES (%(role)s::name, NULL)
ON CONFLICT DO NOTHING
