-- What the points of some enterprises measured by local month, role and medium: complete hours, due hours up to now, and
-- the energy of gaps that the month contains. A point is due since its first declared epoch, else since the local month
-- of its first fact.
WITH listed AS MATERIALIZED (
    SELECT p.id, p.enterprise, p.medium, p.role, p.unit, p.retired_at,
           coalesce(p.attributes ->> 'fuel', p.medium) AS name,
           coalesce(p.attributes ->> 'use' = 'feedstock', false) AS feedstock,
           coalesce(e.since, date_trunc('month', (SELECT hour FROM visible.hourly_facts f WHERE f.point_id = p.id
                                                  ORDER BY hour LIMIT 1), %(timezone)s::text)) AS due_from
    FROM visible.points p LEFT JOIN visible.metered_since e ON e.point_id = p.id
    WHERE p.kind IN ('counter', 'interval') AND p.role <> 'submeter' AND p.role <> 'device'
      AND p.medium NOT IN ('air', 'weather', 'device')
      AND (%(enterprises)s::text[] IS NULL OR p.enterprise = ANY (%(enterprises)s::text[]))
), months AS MATERIALIZED (
    SELECT m AT TIME ZONE %(timezone)s::text AS starts_at,
           date_trunc('month', m + interval '32 days') AT TIME ZONE %(timezone)s::text AS ends_at
    FROM generate_series(%(from)s::timestamptz AT TIME ZONE %(timezone)s::text,
                         (%(to)s::timestamptz - interval '1 hour') AT TIME ZONE %(timezone)s::text, interval '1 month') m
), hours AS MATERIALIZED (
    SELECT f.point_id, m.starts_at, sum(f.delta) AS amount,
           count(*) FILTER (WHERE f.valid AND f.delta IS NOT NULL) AS complete
    FROM visible.hourly_facts f JOIN months m ON f.hour >= m.starts_at AND f.hour < m.ends_at
    WHERE f.point_id = ANY (ARRAY(SELECT id FROM listed))
      AND f.hour >= %(from)s::timestamptz AND f.hour < (SELECT max(ends_at) FROM months)
    GROUP BY f.point_id, m.starts_at
), gaps AS MATERIALIZED (
    SELECT s.point_id, m.starts_at, sum(s.amount) AS amount
    FROM visible.meter_steps s JOIN months m ON s.from_ts >= m.starts_at AND s.to_ts <= m.ends_at
    WHERE s.point_id = ANY (ARRAY(SELECT id FROM listed)) AND NOT s.in_hours AND s.amount IS NOT NULL
    GROUP BY s.point_id, m.starts_at
), sums AS (
    SELECT l.*, m.starts_at, h.amount AS hours_amount, h.complete, g.amount AS gap_amount,
           greatest(0, floor(extract(epoch FROM
               least(m.ends_at, date_trunc('hour', %(now)s::timestamptz), coalesce(l.retired_at, 'infinity'))
               - greatest(m.starts_at, l.due_from)) / 3600))::int AS due
    FROM listed l CROSS JOIN months m
    LEFT JOIN hours h ON h.point_id = l.id AND h.starts_at = m.starts_at
    LEFT JOIN gaps g ON g.point_id = l.id AND g.starts_at = m.starts_at
    WHERE l.due_from IS NOT NULL AND l.due_from < m.ends_at
)
SELECT starts_at, enterprise, medium, role, name, unit, feedstock,
       coalesce(sum(hours_amount), 0) + coalesce(sum(gap_amount), 0) AS amount,
       coalesce(sum(due), 0)::int AS hours_due,
       coalesce(sum(least(coalesce(complete, 0), due)), 0)::int AS hours_complete,
       count(*)::int AS points
FROM sums
GROUP BY starts_at, enterprise, medium, role, name, unit, feedstock
ORDER BY starts_at, enterprise, medium, role, name, unit
