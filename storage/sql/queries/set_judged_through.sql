-- Remember the last period whose end was judged.
INSERT INTO judged_periods (statistic, through)
SELECT %(statistic)s::text, %(through)s::timestamptz WHERE %(through)s::timestamptz IS NOT NULL
ON CONFLICT (statistic) DO UPDATE SET through = excluded.through
