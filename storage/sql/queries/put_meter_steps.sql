-- Write meter steps; the span of each that is new or other than before.
INSERT INTO meter_steps AS s (point_id, from_ts, to_ts, kind, from_register, to_register, amount, in_hours, rule)
SELECT * FROM unnest(
    %(point_ids)s::int[], %(from_ts)s::timestamptz[], %(to_ts)s::timestamptz[], %(kinds)s::text[], %(from_registers)s::float8[],
    %(to_registers)s::float8[], %(amounts)s::float8[], %(in_hours)s::boolean[], %(rules)s::text[])
ON CONFLICT (point_id, from_ts) DO UPDATE SET
    to_ts = excluded.to_ts, kind = excluded.kind, from_register = excluded.from_register,
    to_register = excluded.to_register, amount = excluded.amount, in_hours = excluded.in_hours, rule = excluded.rule,
    computed_at = now()
WHERE (s.to_ts, s.kind, s.from_register, s.to_register, s.amount, s.in_hours, s.rule) IS DISTINCT FROM
    (excluded.to_ts, excluded.kind, excluded.from_register, excluded.to_register, excluded.amount, excluded.in_hours,
     excluded.rule)
RETURNING point_id, from_ts, to_ts
