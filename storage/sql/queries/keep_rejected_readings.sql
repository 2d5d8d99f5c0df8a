-- One row for each refused reading.
INSERT INTO rejected_readings (payload_id, reason, detail, point, ts)
SELECT * FROM unnest(%(payload_ids)s::bigint[], %(reasons)s::text[], %(details)s::text[], %(points)s::text[], %(ts)s::text[])
