-- The wind of a park by mast and minute: metres a second, degrees it comes from, and the stability class where one is told.
SELECT station, max(longitude) AS longitude, max(latitude) AS latitude, max(interval_s) AS interval_s,
       (extract(epoch FROM minute) * 1000000)::bigint AS minute_us,
       avg(value * CASE unit WHEN 'km/h' THEN 1 / 3.6 ELSE 1 END) FILTER (WHERE quantity = 'a01007') AS speed,
       degrees(atan2(avg(sind(value)) FILTER (WHERE quantity = 'a01008'), avg(cosd(value)) FILTER (WHERE quantity = 'a01008')))
           AS direction,
       max(value) FILTER (WHERE quantity = 'stability') AS stability
FROM (
    SELECT *, date_bin('1 minute', ts, 'epoch') AS minute FROM visible.park_winds
    WHERE park = %(park)s::text AND ts >= %(first)s::timestamptz AND ts < %(until)s::timestamptz
) w
GROUP BY station, minute
ORDER BY station, minute
