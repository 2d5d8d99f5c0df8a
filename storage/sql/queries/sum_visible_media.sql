-- What the points of some enterprises measured by local month, role and medium: complete hours, due hours up to now, and
-- the energy of gaps that the month contains. A point is due since its first declared epoch, else since the local month
-- of its first fact.
WITH listed AS (
    SELECT p.id, p.enterprise, p.medium, p.role, p.unit, p.retired_at,
           coalesce(p.attributes ->> 'fuel', p.medium) AS name,
           coalesce(p.attributes ->> 'use' = 'feedstock', false) AS feedstock,
           coalesce((SELECT e.since FROM visible.metered_since e WHERE e.point_id = p.id),
                    date_trunc('month', (SELECT hour FROM visible.hourly_facts f WHERE f.point_id = p.id
                                         ORDER BY hour LIMIT 1), %(timezone)s::text)) AS due_from
    FROM visible.points p
    WHERE p.kind IN ('counter', 'interval') AND p.role <> 'submeter' AND p.role <> 'device'
      AND p.medium NOT IN ('air', 'weather', 'device')
      AND (%(enterprises)s::text[] IS NULL OR p.enterprise = ANY (%(enterprises)s::text[]))
), months AS (
    SELECT m AS starts_at, date_trunc('month', m + interval '32 days', %(timezone)s::text) AS ends_at
    FROM generate_series(%(from)s::timestamptz, %(to)s::timestamptz - interval '1 hour', interval '1 month',
                         %(timezone)s::text) m
), sums AS (
    SELECT l.id, m.starts_at,
           (SELECT sum(f.delta) FROM visible.hourly_facts f
            WHERE f.point_id = l.id AND f.hour >= m.starts_at AND f.hour < m.ends_at) AS hours_amount,
           (SELECT count(*) FROM visible.hourly_facts f
            WHERE f.point_id = l.id AND f.hour >= m.starts_at AND f.hour < m.ends_at
              AND f.valid AND f.delta IS NOT NULL) AS complete,
           (SELECT sum(s.amount) FROM visible.meter_steps s
            WHERE s.point_id = l.id AND NOT s.in_hours AND s.amount IS NOT NULL
              AND s.from_ts >= m.starts_at AND s.to_ts <= m.ends_at) AS gap_amount,
           greatest(0, floor(extract(epoch FROM
               least(m.ends_at, date_trunc('hour', %(now)s::timestamptz), coalesce(l.retired_at, 'infinity'))
               - greatest(m.starts_at, l.due_from)) / 3600))::int AS due
    FROM listed l CROSS JOIN months m
    WHERE l.due_from IS NOT NULL AND l.due_from < m.ends_at
)
SELECT s.starts_at, l.enterprise, l.medium, l.role, l.name, l.unit, l.feedstock,
       coalesce(sum(s.hours_amount), 0) + coalesce(sum(s.gap_amount), 0) AS amount,
       coalesce(sum(s.due), 0)::int AS hours_due,
       coalesce(sum(least(s.complete, s.due)), 0)::int AS hours_complete,
       count(*)::int AS points
FROM sums s JOIN listed l ON l.id = s.id
GROUP BY s.starts_at, l.enterprise, l.medium, l.role, l.name, l.unit, l.feedstock
ORDER BY s.starts_at, l.enterprise, l.medium, l.role, l.name, l.unit
