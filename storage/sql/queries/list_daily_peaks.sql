-- The largest hour of points by local day.
SELECT point_id, (hour AT TIME ZONE %(timezone)s::text)::date AS day, max(delta) AS peak
FROM hourly_facts
WHERE hour >= %(from_ts)s::timestamptz AND hour < %(to_ts)s::timestamptz AND point_id = ANY (%(points)s::int[])
  AND delta IS NOT NULL
GROUP BY 1, 2
