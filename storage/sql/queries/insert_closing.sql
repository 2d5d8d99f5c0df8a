-- Close a month; no row where it is closed already.
INSERT INTO period_closings (month, closed_by, comment, instruments, gaps)
VALUES (%(month)s::date, %(closed_by)s::text, %(comment)s::text, %(instruments)s::jsonb, %(gaps)s::jsonb)
ON CONFLICT (month) DO NOTHING
