-- Write hours of points on the terms of rules; point, series and hour of each that is new or other than before.
INSERT INTO converted_hours AS c (point_id, series, hour, n, n_valid, mean, min, max, covered_s, valid, conversion)
SELECT point_id, series, timestamptz 'epoch' + hour_us * interval '1 microsecond', n, n_valid,
    nullif(mean, 'NaN'), nullif(min, 'NaN'), nullif(max, 'NaN'), covered_s, valid, conversion
FROM unnest(
    %(point_ids)s::int[], %(series)s::text[], %(hours_us)s::bigint[], %(n)s::int[], %(n_valid)s::int[],
    %(mean)s::float8[], %(min)s::float8[], %(max)s::float8[], %(covered_s)s::float8[], %(valid)s::boolean[],
    %(conversions)s::jsonb[]
) AS new (point_id, series, hour_us, n, n_valid, mean, min, max, covered_s, valid, conversion)
ON CONFLICT (point_id, series, hour) DO UPDATE SET
    n = excluded.n, n_valid = excluded.n_valid, mean = excluded.mean, min = excluded.min, max = excluded.max,
    covered_s = excluded.covered_s, valid = excluded.valid, conversion = excluded.conversion, computed_at = now()
WHERE (c.n, c.n_valid, c.mean, c.min, c.max, c.covered_s, c.valid, c.conversion) IS DISTINCT FROM
    (excluded.n, excluded.n_valid, excluded.mean, excluded.min, excluded.max, excluded.covered_s, excluded.valid,
     excluded.conversion)
RETURNING point_id, series, (extract(epoch FROM hour) * 1000000)::bigint
