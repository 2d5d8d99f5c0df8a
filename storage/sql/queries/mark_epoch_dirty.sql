-- What depends on an epoch is to be computed again: its hours, until the first hour of the next epoch's; the step that
-- leads to it; and, of the earliest epoch, everything before it. The hours that hold an instant of an epoch are marked
-- even where nothing was read in them, for the step between two epochs has no other hour.
WITH bounds AS (
    SELECT (SELECT max(valid_from) FROM meter_epochs
            WHERE point_id = %(point_id)s::int AND valid_from < %(valid_from)s::timestamptz) AS before,
           (SELECT min(valid_from) FROM meter_epochs
            WHERE point_id = %(point_id)s::int AND valid_from > %(valid_from)s::timestamptz) AS next
), touched AS (
    SELECT CASE WHEN before IS NULL THEN '-infinity' ELSE coalesce(
               (SELECT max(hour) FROM hourly_facts
                WHERE point_id = %(point_id)s::int AND hour < %(valid_from)s::timestamptz AND n > 0),
               %(valid_from)s::timestamptz) END AS first,
           CASE WHEN next IS NULL THEN 'infinity' ELSE coalesce(
               (SELECT min(hour) FROM hourly_facts
                WHERE point_id = %(point_id)s::int AND hour >= date_trunc('hour', next) AND n > 0), next) END AS last
    FROM bounds
), instants AS (
    SELECT valid_from - interval '1 microsecond' AS at FROM meter_epochs, bounds
    WHERE point_id = %(point_id)s::int AND valid_from IN (%(valid_from)s::timestamptz, before, next)
)
INSERT INTO dirty_hours (point_id, hour)
SELECT %(point_id)s::int, f.hour FROM hourly_facts f, touched
WHERE f.point_id = %(point_id)s::int AND f.hour BETWEEN touched.first AND touched.last
UNION
SELECT %(point_id)s::int, date_trunc('hour', at) FROM instants
