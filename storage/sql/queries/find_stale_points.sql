-- Since when the senders of these points have said, or let it be said, that nothing more will come.
SELECT point_id, (extract(epoch FROM min(since)) * 1000000)::bigint AS since_us FROM (
    SELECT point_id, since FROM stale_points WHERE point_id = ANY (%(point_ids)s::int[])
  UNION ALL
    SELECT g.point_id, w.gone_at
    FROM point_gateways g
    JOIN points p ON p.id = g.point_id
    JOIN gateway_words w ON w.enterprise_id = p.enterprise_id AND w.gateway = g.gateway
    WHERE g.point_id = ANY (%(point_ids)s::int[]) AND w.gone_at > w.heard_at AND w.gone_at <= %(settled)s::timestamptz
) AS gone GROUP BY point_id
