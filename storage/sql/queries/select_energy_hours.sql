-- Amounts of points by hour, packed a point a row for numpy: hours since the start, amounts (NaN where nothing was
-- measured), and whether the whole hour was; all big-endian.
SELECT point_id,
       string_agg(int4send((date_part('epoch', hour - %(from_ts)s::timestamptz) / 3600)::int), ''::bytea) AS hours,
       string_agg(float8send(coalesce(delta, 'NaN')), ''::bytea) AS amounts,
       string_agg(boolsend(valid AND delta IS NOT NULL), ''::bytea) AS complete
FROM hourly_facts
WHERE hour >= %(from_ts)s::timestamptz AND hour < %(to_ts)s::timestamptz AND point_id = ANY (%(points)s::int[])
GROUP BY point_id
