-- Delete hours of [from, to) that nothing needs: not of points that accounts are made from, not around an alert.
DELETE FROM hourly_facts f USING points p
WHERE p.id = f.point_id AND f.hour >= %(from)s::timestamptz AND f.hour < %(to)s::timestamptz
  AND p.role <> ALL (%(accounted)s::text[])
  AND NOT EXISTS (
      SELECT FROM alerts a WHERE a.point_id = f.point_id AND a.state <> 'withdrawn'
        AND a.opened_at < f.hour + interval '1 day'
        AND CASE WHEN a.state = 'resolved' THEN coalesce(a.resolved_at, a.last_at) ELSE 'infinity' END
            > f.hour - interval '1 day')
