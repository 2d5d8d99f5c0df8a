-- What depends on an epoch is to be computed again: the steps that lead to it and from it; where it changes width or
-- multiplier also its hours until the next epoch, and of the earliest epoch everything before it. The hours that hold
-- an instant of an epoch are marked even where nothing was read: the step between two epochs has no other hour.
WITH epochs AS (
    SELECT valid_from, width, multiplier FROM meter_epochs WHERE point_id = %(point_id)s::int
), beside AS (
    SELECT (SELECT max(valid_from) FROM epochs WHERE valid_from < %(valid_from)s::timestamptz) AS before,
           (SELECT min(valid_from) FROM epochs WHERE valid_from > %(valid_from)s::timestamptz) AS next
), counts_on AS (
    SELECT (SELECT (width, multiplier) FROM epochs WHERE valid_from = %(valid_from)s::timestamptz)
           IS NOT DISTINCT FROM coalesce(
               (SELECT (width, multiplier) FROM epochs, beside WHERE valid_from = coalesce(before, next)),
               (NULL::float8, 1::float8)) AS same
), touched AS (
    SELECT CASE WHEN before IS NULL AND NOT same THEN '-infinity' ELSE coalesce(
               (SELECT max(hour) FROM hourly_facts
                WHERE point_id = %(point_id)s::int AND n > 0 AND hour < date_trunc('hour', %(valid_from)s::timestamptz)),
               date_trunc('hour', %(valid_from)s::timestamptz)) END AS first,
           CASE WHEN next IS NULL AND NOT same THEN 'infinity' ELSE coalesce(
               (SELECT min(hour) FROM hourly_facts
                WHERE point_id = %(point_id)s::int AND n > 0
                  AND hour > date_trunc('hour', CASE WHEN same THEN %(valid_from)s::timestamptz ELSE next END)),
               date_trunc('hour', CASE WHEN same THEN %(valid_from)s::timestamptz ELSE next END)) END AS last
    FROM beside, counts_on
), instants AS (
    SELECT valid_from - interval '1 microsecond' AS at FROM epochs, beside
    WHERE valid_from IN (%(valid_from)s::timestamptz, before, next)
)
INSERT INTO dirty_hours (point_id, hour)
SELECT %(point_id)s::int, f.hour FROM hourly_facts f, touched
WHERE f.point_id = %(point_id)s::int AND f.hour BETWEEN touched.first AND touched.last
UNION
SELECT %(point_id)s::int, date_trunc('hour', at) FROM instants
