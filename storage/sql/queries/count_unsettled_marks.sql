-- How many marks of a month are not worked off: hours to be computed, and days whose accounts are to be made.
SELECT (SELECT count(*) FROM dirty_hours WHERE hour >= %(from_ts)s::timestamptz AND hour < %(to_ts)s::timestamptz)
     + (SELECT count(*) FROM dirty_days WHERE day >= %(from_day)s::date AND day < %(to_day)s::date)
