-- Before which instant a level's facts or readings may be gone.
SELECT settled_before FROM retention_lines WHERE level = %(level)s::text
