-- Enterprises as alerts of scopes name them.
SELECT e.code, e.name, k.code AS park, (extract(epoch FROM e.retired_at) * 1000000)::bigint AS retired_us
FROM enterprises e JOIN parks k ON k.id = e.park_id ORDER BY e.code
