-- Forget the facts of days and months, and their marks: they are made again.
WITH days AS (DELETE FROM daily_facts), marks AS (DELETE FROM dirty_point_days) DELETE FROM monthly_facts
