-- Remember the last hour whose end was judged.
INSERT INTO judged_hours (through) SELECT %(through)s::timestamptz WHERE %(through)s::timestamptz IS NOT NULL
ON CONFLICT (one) DO UPDATE SET through = excluded.through
