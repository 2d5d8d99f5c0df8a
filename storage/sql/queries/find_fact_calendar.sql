-- The zone whose days the facts of days and months are.
SELECT timezone FROM fact_calendar
