-- Amounts of points by hour, for a binary copy: NaN where nothing was measured, and whether the whole hour was.
SELECT point_id, hour, coalesce(delta, 'NaN'), valid AND delta IS NOT NULL
FROM hourly_facts
WHERE hour >= %(from_ts)s::timestamptz AND hour < %(to_ts)s::timestamptz AND point_id = ANY (%(points)s::int[])
