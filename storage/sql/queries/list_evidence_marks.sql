-- Marks on a point or its outlet that touch [first, until), whatever became of them.
SELECT kind, from_ts, to_ts, author, reason, automatic, state, accepted_at, created_at FROM marks_of_points
WHERE point_id = %(point_id)s::int AND from_ts < %(until)s::timestamptz AND to_ts > %(first)s::timestamptz
ORDER BY from_ts, id
