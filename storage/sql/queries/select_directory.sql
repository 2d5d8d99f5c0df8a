-- Every point that readings may belong to, with what a reading is identified and examined by. A statistic's point is retired with its live one.
SELECT p.id, e.code AS enterprise, p.code, p.kind, p.interval_s, p.range_low, p.range_high, p.max_age_s,
       (extract(epoch FROM least(p.retired_at, live.retired_at)) * 1000000)::bigint AS retired_at_us,
       p.hj212_mn, p.hj212_code, p.sparkplug_name,
       p.attributes ->> 'hj212_crc' AS hj212_crc, p.attributes ->> 'hj212_length' AS hj212_length,
       p.attributes ->> 'hj212_minute_interval_s' AS hj212_minute_interval_s,
       p.attributes ->> 'telemetry' AS telemetry_name
FROM points p JOIN enterprises e ON e.id = p.enterprise_id
LEFT JOIN points live ON p.source = 'seen' AND live.enterprise_id = p.enterprise_id AND live.code = p.attributes ->> 'statistic_of'
ORDER BY p.id
