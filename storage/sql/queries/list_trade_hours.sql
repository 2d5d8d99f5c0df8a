-- Hourly settled trades by enterprise and hour.
SELECT i.enterprise_id, h.hour, sum(h.energy_kwh)::float8 AS energy_kwh
FROM instrument_hours h JOIN instruments i ON i.id = h.instrument_id
WHERE i.kind = 'green_trade' AND i.settlement = 'hourly'
  AND h.hour >= %(from_ts)s::timestamptz AND h.hour < %(to_ts)s::timestamptz
GROUP BY 1, 2
