-- The state of every outlet and hour as a code: 0 normal, 1 invalid hour, 2 warning, 3 exceedance, 4 not judged.
SELECT f.hour AS time, f.address AS metric,
       CASE WHEN NOT f.valid THEN 1
            ELSE COALESCE((SELECT max(CASE a.kind WHEN 'exceedance' THEN 3 ELSE 2 END) FROM visible.alerts a
                           WHERE a.point_id = f.point_id AND a.state <> 'withdrawn'
                             AND a.opened_at < f.hour + interval '1 hour' AND COALESCE(a.resolved_at, 'infinity') > f.hour),
                          CASE WHEN f.mean IS NULL THEN 4 ELSE 0 END) END AS state
FROM visible.hourly_facts f
WHERE $__timeFilter(f.hour) AND f.point_id = ANY(ARRAY(
    SELECT id FROM visible.points WHERE role = 'stack' AND kind = 'gauge' AND quantity = ${quantity:sqlstring}
      AND enterprise = ANY(ARRAY[${enterprise:sqlstring}]::text[])))
ORDER BY 1, 2
