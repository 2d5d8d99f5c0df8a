-- Each of the named parents and its children over the hours in which all of them were complete. The facts are read point by
-- point (OFFSET 0 keeps them so): joined as a whole, the view's rights would be asked for every row.
WITH parents AS MATERIALIZED (
    SELECT p.id, p.enterprise, p.code, p.address, CASE p.unit WHEN 'MWh' THEN 1000.0 ELSE 1.0 END AS scale
    FROM visible.points p WHERE p.address = ANY (%(parents)s::text[])
), children AS MATERIALIZED (
    SELECT p.address AS parent, c.id, CASE c.unit WHEN 'MWh' THEN 1000.0 ELSE 1.0 END AS scale,
           c.attributes ->> 'accuracy_class' AS accuracy_class
    FROM parents p
    JOIN visible.points c
      ON c.enterprise = p.enterprise AND c.attributes ->> 'parent' = p.code AND c.retired_at IS NULL
), counted AS (
    SELECT parent, count(*)::int AS children, array_agg(accuracy_class) AS classes FROM children GROUP BY parent
), of_children AS MATERIALIZED (
    SELECT c.parent, f.hour, sum(f.delta * c.scale) AS energy, count(*) AS n
    FROM children c CROSS JOIN LATERAL (
        SELECT hour, delta FROM visible.hourly_facts h
        WHERE h.point_id = c.id AND h.hour >= %(from)s::timestamptz AND h.hour < %(to)s::timestamptz
          AND h.valid AND h.delta IS NOT NULL OFFSET 0) f
    GROUP BY c.parent, f.hour
), of_parents AS MATERIALIZED (
    SELECT p.address AS parent, f.hour, f.delta * p.scale AS energy
    FROM parents p JOIN counted n ON n.parent = p.address CROSS JOIN LATERAL (
        SELECT hour, delta FROM visible.hourly_facts h
        WHERE h.point_id = p.id AND h.hour >= %(from)s::timestamptz AND h.hour < %(to)s::timestamptz
          AND h.valid AND h.delta IS NOT NULL OFFSET 0) f
), common AS (
    SELECT p.parent, count(*)::int AS hours, sum(p.energy) AS parent_kwh, sum(o.energy) AS children_kwh
    FROM of_parents p
    JOIN counted n ON n.parent = p.parent
    JOIN of_children o ON o.parent = p.parent AND o.hour = p.hour AND o.n = n.children
    GROUP BY p.parent
)
SELECT n.parent, n.children, n.classes, coalesce(c.hours, 0) AS hours, c.parent_kwh, c.children_kwh
FROM counted n LEFT JOIN common c ON c.parent = n.parent
ORDER BY n.parent
