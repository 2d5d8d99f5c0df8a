-- Whether an hour is in the accounts of the city.
SELECT EXISTS (SELECT FROM green_power WHERE scope = 'city' AND grain = 'hour' AND starts_at = %(hour)s::timestamptz
                                         AND coverage IS NOT NULL)
