-- Add a point of the registry, or take over the one that was registered when its readings were first seen; its key.
INSERT INTO points (
    enterprise_id, code,
    name, medium, quantity, kind, unit, role, interval_s, range_low, range_high, plausible_low, plausible_high,
    max_age_s, capacity_kw, reported_basis, longitude, latitude, hj212_mn, hj212_code, hj212_unit, sparkplug_name,
    attributes, outlet
) VALUES (
    %(enterprise_id)s::int, %(code)s::text,
    %(name)s::text, %(medium)s::text, %(quantity)s::text, %(kind)s::text, %(unit)s::text, %(role)s::text,
    %(interval_s)s::float8, %(range_low)s::float8, %(range_high)s::float8, %(plausible_low)s::float8,
    %(plausible_high)s::float8, %(max_age_s)s::float8, %(capacity_kw)s::float8, %(reported_basis)s::text,
    %(longitude)s::float8, %(latitude)s::float8, %(hj212_mn)s::text, %(hj212_code)s::text, %(hj212_unit)s::text,
    %(sparkplug_name)s::text, %(attributes)s::jsonb, %(outlet)s::text
)
ON CONFLICT (enterprise_id, code) DO UPDATE SET
    name = excluded.name,
    medium = excluded.medium,
    quantity = excluded.quantity,
    kind = excluded.kind,
    unit = excluded.unit,
    role = excluded.role,
    interval_s = excluded.interval_s,
    range_low = excluded.range_low,
    range_high = excluded.range_high,
    plausible_low = excluded.plausible_low,
    plausible_high = excluded.plausible_high,
    max_age_s = excluded.max_age_s,
    capacity_kw = excluded.capacity_kw,
    reported_basis = excluded.reported_basis,
    longitude = excluded.longitude,
    latitude = excluded.latitude,
    hj212_mn = excluded.hj212_mn,
    hj212_code = excluded.hj212_code,
    hj212_unit = excluded.hj212_unit,
    sparkplug_name = excluded.sparkplug_name,
    attributes = excluded.attributes,
    outlet = excluded.outlet,
    source = 'registry',
    retired_at = NULL
WHERE points.source = 'seen'
RETURNING id, xmax <> 0 AS seen
