-- Whether a table of this name exists in the schema we write to.
SELECT to_regclass(%(name)s::text) IS NOT NULL
