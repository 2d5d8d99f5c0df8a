-- Meter steps that nothing explains, for a person to decide.
SELECT address AS point, from_ts, to_ts, kind, from_register, to_register, amount, in_hours, rule FROM visible.meter_steps
WHERE kind = 'unexplained'
  AND (%(from)s::timestamptz IS NULL OR to_ts >= %(from)s::timestamptz)
  AND (%(to)s::timestamptz IS NULL OR from_ts < %(to)s::timestamptz)
  AND (%(after_ts)s::timestamptz IS NULL OR (from_ts, address) > (%(after_ts)s::timestamptz, %(after_point)s::text))
ORDER BY from_ts, address LIMIT %(limit)s::int
