-- Every point that readings may belong to, with what a reading is examined by.
SELECT p.id, e.code AS enterprise, p.code, p.kind, p.interval_s, p.range_low, p.range_high, p.max_age_s,
       (extract(epoch FROM p.retired_at) * 1000000)::bigint AS retired_at_us
FROM points p JOIN enterprises e ON e.id = p.enterprise_id
ORDER BY p.id
