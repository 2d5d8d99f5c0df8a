-- Declare a meter epoch.
INSERT INTO meter_epochs (point_id, valid_from, width, multiplier, first_register, last_register, reason, source)
VALUES (%(point_id)s::int, %(valid_from)s::timestamptz, %(width)s::float8, %(multiplier)s::float8,
        %(first_register)s::float8, %(last_register)s::float8, %(reason)s::text, %(source)s::text)
