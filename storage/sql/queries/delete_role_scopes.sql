-- Forget what a database role sees.
DELETE FROM role_scopes WHERE role_name = %(role)s::name
