-- Who declared the epoch of a point that begins at an instant.
SELECT source FROM meter_epochs WHERE point_id = %(point_id)s::int AND valid_from = %(valid_from)s::timestamptz
