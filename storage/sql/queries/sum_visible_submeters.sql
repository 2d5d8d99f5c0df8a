-- Each of the named parents and its children over the hours in which all of them were complete.
WITH parents AS (
    SELECT p.id, p.enterprise, p.code, p.address, CASE p.unit WHEN 'MWh' THEN 1000.0 ELSE 1.0 END AS scale
    FROM visible.points p WHERE p.address = ANY (%(parents)s::text[])
), children AS (
    SELECT p.address AS parent, c.id, CASE c.unit WHEN 'MWh' THEN 1000.0 ELSE 1.0 END AS scale,
           c.attributes ->> 'accuracy_class' AS accuracy_class
    FROM parents p
    JOIN visible.points c
      ON c.enterprise = p.enterprise AND c.attributes ->> 'parent' = p.code AND c.retired_at IS NULL
), counted AS (
    SELECT parent, count(*)::int AS children, array_agg(accuracy_class) AS classes FROM children GROUP BY parent
), of_children AS (
    SELECT c.parent, f.hour, sum(f.delta * c.scale) AS energy, count(*) AS n
    FROM children c JOIN visible.hourly_facts f ON f.point_id = c.id
    WHERE f.hour >= %(from)s::timestamptz AND f.hour < %(to)s::timestamptz AND f.valid AND f.delta IS NOT NULL
    GROUP BY c.parent, f.hour
), common AS (
    SELECT p.address AS parent, count(*)::int AS hours, sum(f.delta * p.scale) AS parent_kwh, sum(o.energy) AS children_kwh
    FROM parents p
    JOIN counted n ON n.parent = p.address
    JOIN visible.hourly_facts f ON f.point_id = p.id AND f.valid AND f.delta IS NOT NULL
    JOIN of_children o ON o.parent = p.address AND o.hour = f.hour AND o.n = n.children
    WHERE f.hour >= %(from)s::timestamptz AND f.hour < %(to)s::timestamptz
    GROUP BY p.address
)
SELECT n.parent, n.children, n.classes, coalesce(c.hours, 0) AS hours, c.parent_kwh, c.children_kwh
FROM counted n LEFT JOIN common c ON c.parent = n.parent
ORDER BY n.parent
