-- Since when the senders of these points have said, or let it be said, that nothing more will come.
SELECT point_id, (extract(epoch FROM since) * 1000000)::bigint AS since_us
FROM stale_points WHERE point_id = ANY (%(point_ids)s::int[])
