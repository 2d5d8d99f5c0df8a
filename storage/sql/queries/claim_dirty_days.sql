-- Take the marks of a month's days; a mark made from now on stays for the next time.
WITH claimed AS (
    DELETE FROM dirty_days WHERE day >= %(from_day)s::date AND day < %(to_day)s::date RETURNING day
)
SELECT DISTINCT day FROM claimed ORDER BY day
