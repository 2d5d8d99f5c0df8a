-- What the caller sees changed that one snapshot sees and that was not told: not seen by an earlier snapshot, or behind
-- the change of it that was told last; alerts first, then facts. Casts to and from xid8 keep the indexes on changed_in usable.
SELECT * FROM (
    SELECT r.changed_in::text::bigint AS xid, 1 AS kind, r.point_id::bigint AS key, 0::bigint AS hour_s,
           p.enterprise, p.address AS point, to_jsonb(r.value) AS value, r.ts AS at,
           jsonb_build_object('flag', r.flag::text, 'unit', p.unit) AS body
    FROM visible.latest_readings r JOIN visible.points p ON p.id = r.point_id
    WHERE %(readings)s::boolean AND r.changed_in >= (%(since)s::bigint)::text::xid8
      AND pg_visible_in_snapshot(r.changed_in, %(upto)s::text::pg_snapshot)
  UNION ALL
    SELECT f.changed_in::text::bigint, 2, f.point_id::bigint, extract(epoch FROM f.hour)::bigint,
           split_part(f.address, '/', 1), f.address, to_jsonb(f.mean), f.hour,
           jsonb_build_object('n', f.n, 'n_valid', f.n_valid, 'mean', f.mean, 'min', f.min, 'max', f.max,
                              'first', f.first, 'last', f.last, 'delta', f.delta, 'valid', f.valid)
    FROM visible.hourly_facts f
    WHERE %(facts)s::boolean AND f.changed_in >= (%(since)s::bigint)::text::xid8
      AND pg_visible_in_snapshot(f.changed_in, %(upto)s::text::pg_snapshot)
  UNION ALL
    SELECT a.changed_in::text::bigint, 3, a.id, 0, a.enterprise, CASE WHEN a.scope IS NULL THEN a.address END,
           to_jsonb(a.value), a.opened_at,
           jsonb_build_object('id', a.id, 'rule', a.rule, 'kind', a.kind, 'state', a.state, 'severity', a.severity,
                              'statistic', a.statistic, 'limit', a."limit", 'unit', a.unit, 'clause', a.clause,
                              'verified', a.verified, 'late', a.late, 'no_data', a.no_data, 'resolved_at', a.resolved_at,
                              'under', (a.rule_body ->> 'below') IS NOT NULL, 'scope', a.scope, 'period', a.period,
                              'account', a.evidence -> 'account')
    FROM visible.alerts a
    WHERE %(alerts)s::boolean AND a.changed_in >= (%(since)s::bigint)::text::xid8
      AND pg_visible_in_snapshot(a.changed_in, %(upto)s::text::pg_snapshot)
) change
WHERE NOT pg_visible_in_snapshot(xid::text::xid8, %(seen)s::text::pg_snapshot)
   OR (-kind, xid, key, hour_s) > (-%(kind)s::int, %(xid)s::bigint, %(key)s::bigint, %(hour_s)s::bigint)
ORDER BY kind DESC, xid, key, hour_s LIMIT %(limit)s::int
