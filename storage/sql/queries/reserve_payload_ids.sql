-- Keys for rejected payloads, before they are written.
SELECT nextval(pg_get_serial_sequence('rejected_payloads', 'id')) FROM generate_series(1, %(n)s::int)
