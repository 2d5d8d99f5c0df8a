-- Delete facts of days before a day; months stay.
DELETE FROM daily_facts WHERE day < %(before)s::date
