-- Energy and media points of some enterprises with the hours of a time that are due and not complete, most first.
WITH listed AS (
    SELECT p.id, p.address, p.name, p.enterprise, p.retired_at,
           coalesce((SELECT e.since FROM visible.metered_since e WHERE e.point_id = p.id),
                    date_trunc('month', (SELECT hour FROM visible.hourly_facts f WHERE f.point_id = p.id
                                         ORDER BY hour LIMIT 1), %(timezone)s::text)) AS due_from
    FROM visible.points p
    WHERE p.kind IN ('counter', 'interval') AND p.role NOT IN ('submeter', 'device')
      AND p.medium NOT IN ('air', 'weather', 'device')
      AND p.enterprise = ANY (%(enterprises)s::text[])
), counted AS (
    SELECT l.address, l.name,
           greatest(0, floor(extract(epoch FROM
               least(%(to)s::timestamptz, date_trunc('hour', %(now)s::timestamptz), coalesce(l.retired_at, 'infinity'))
               - greatest(%(from)s::timestamptz, l.due_from)) / 3600))::int AS due,
           (SELECT count(*) FROM visible.hourly_facts f
            WHERE f.point_id = l.id AND f.hour >= %(from)s::timestamptz AND f.hour < %(to)s::timestamptz
              AND f.valid AND f.delta IS NOT NULL)::int AS complete
    FROM listed l WHERE l.due_from < %(to)s::timestamptz
)
SELECT address AS point, name, due, complete, due - least(complete, due) AS missing FROM counted
WHERE due > complete ORDER BY due - complete DESC, address
