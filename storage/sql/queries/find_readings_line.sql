-- Before which instant no reading is needed any more, and what keeps the line from being later.
SELECT at, reason FROM (
    SELECT %(wanted)s::timestamptz AS at, 'readings are kept so long' AS reason
    UNION ALL
    SELECT min(month)::timestamp AT TIME ZONE %(timezone)s::text, to_char(min(month), 'YYYY-MM') || ' is not closed'
    FROM unnest(%(months)s::date[]) AS m (month) WHERE NOT EXISTS (SELECT FROM period_closings c WHERE c.month = m.month)
    UNION ALL
    SELECT min(month)::timestamp AT TIME ZONE %(timezone)s::text,
           'a restatement of ' || to_char(min(month), 'YYYY-MM') || ' is open'
    FROM restatements WHERE state <> 'applied'
    UNION ALL
    SELECT min(hour), 'hours wait to be computed' FROM dirty_hours
    UNION ALL
    SELECT min(day)::timestamp AT TIME ZONE %(timezone)s::text, 'accounts of a day wait' FROM dirty_days
) needs WHERE at IS NOT NULL ORDER BY at LIMIT 1
