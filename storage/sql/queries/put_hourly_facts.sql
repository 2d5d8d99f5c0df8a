-- Write hourly facts; the point and hour of each that is new or other than before.
INSERT INTO hourly_facts AS f (point_id, hour, n, n_valid, mean, min, max, first, last, delta, covered_s, valid,
                               minutes)
SELECT point_id, timestamptz 'epoch' + hour_us * interval '1 microsecond', n, n_valid,
    nullif(mean, 'NaN'), nullif(min, 'NaN'), nullif(max, 'NaN'), nullif(first, 'NaN'), nullif(last, 'NaN'),
    nullif(delta, 'NaN'), covered_s, valid, minutes
FROM unnest(
    %(point_ids)s::int[], %(hours_us)s::bigint[], %(n)s::int[], %(n_valid)s::int[], %(mean)s::float8[], %(min)s::float8[],
    %(max)s::float8[], %(first)s::float8[], %(last)s::float8[], %(delta)s::float8[], %(covered_s)s::float8[],
    %(valid)s::boolean[], %(minutes)s::int[]
) AS new (point_id, hour_us, n, n_valid, mean, min, max, first, last, delta, covered_s, valid, minutes)
ON CONFLICT (point_id, hour) DO UPDATE SET
    n = excluded.n, n_valid = excluded.n_valid, mean = excluded.mean, min = excluded.min, max = excluded.max,
    first = excluded.first, last = excluded.last, delta = excluded.delta, covered_s = excluded.covered_s,
    valid = excluded.valid, minutes = excluded.minutes, computed_at = now(), changed_in = pg_current_xact_id()
WHERE (f.n, f.n_valid, f.mean, f.min, f.max, f.first, f.last, f.delta, f.covered_s, f.valid, f.minutes) IS DISTINCT FROM
    (excluded.n, excluded.n_valid, excluded.mean, excluded.min, excluded.max, excluded.first, excluded.last,
     excluded.delta, excluded.covered_s, excluded.valid, excluded.minutes)
RETURNING point_id, hour
