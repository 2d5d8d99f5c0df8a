-- What turns the readings of these points into hours.
SELECT p.id AS point_id, p.kind, p.unit, p.interval_s, p.plausible_low, p.plausible_high, p.capacity_kw,
    ARRAY(
        SELECT jsonb_build_array(
            (extract(epoch FROM e.valid_from) * 1000000)::bigint, e.width, e.multiplier, e.first_register, e.last_register)
        FROM meter_epochs e WHERE e.point_id = p.id ORDER BY e.valid_from
    ) AS epochs
FROM points p WHERE p.id = ANY(%(point_ids)s::int[])
