-- Enterprises that were not told of this day, or a later one, on some of these channels; none whose hours of the day in
-- [from, to) wait to be computed, unless it cannot wait. In any order, so that one that fails is not before the same others always.
SELECT e.id AS enterprise_id, e.code AS enterprise, array_agg(c.channel ORDER BY c.channel) AS channels
FROM enterprises e CROSS JOIN unnest(%(channels)s::text[]) AS c (channel)
WHERE e.retired_at IS NULL
  AND NOT EXISTS (SELECT FROM told_digests t WHERE t.enterprise_id = e.id AND t.channel = c.channel AND t.day >= %(day)s::date)
  AND (%(hurry)s::boolean
       OR NOT EXISTS (SELECT FROM dirty_hours d JOIN points p ON p.id = d.point_id
                      WHERE p.enterprise_id = e.id AND d.hour >= %(from)s::timestamptz AND d.hour < %(to)s::timestamptz))
GROUP BY e.id ORDER BY random()
