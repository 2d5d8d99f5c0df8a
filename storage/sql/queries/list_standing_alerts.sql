-- Every alert that stands; those of missing data, which follow the clock, only of some enterprises.
SELECT a.rule, e.code || '/' || p.code AS point, a.kind, a.state,
       (extract(epoch FROM a.opened_at) * 1000000)::bigint AS opened_us,
       (extract(epoch FROM a.resolved_at) * 1000000)::bigint AS resolved_us, a.value
FROM alerts a JOIN points p ON p.id = a.point_id JOIN enterprises e ON e.id = p.enterprise_id
WHERE a.state <> 'withdrawn' AND (a.statistic <> 'missing' OR e.code = ANY (%(clocked)s::text[]))
