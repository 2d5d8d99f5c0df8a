-- Green power from the staging table; a row that is stored so already is left alone.
INSERT INTO green_power AS t (scope, grain, starts_at, rule,
    consumption_kwh, direct_line_kwh, self_used_kwh, green_trade_kwh, certificate_kwh, excess_kwh, policy_share,
    physical_share, hourly_matched_share, volume_matched_share, coverage, share_low, share_high, used)
SELECT scope, grain, starts_at, rule,
    consumption_kwh, direct_line_kwh, self_used_kwh, green_trade_kwh, certificate_kwh, excess_kwh, policy_share,
    physical_share, hourly_matched_share, volume_matched_share, coverage, share_low, share_high, used
FROM incoming_green_power ORDER BY scope, grain, starts_at, rule
ON CONFLICT (scope, grain, starts_at, rule) DO UPDATE SET
    consumption_kwh = excluded.consumption_kwh, direct_line_kwh = excluded.direct_line_kwh,
    self_used_kwh = excluded.self_used_kwh, green_trade_kwh = excluded.green_trade_kwh,
    certificate_kwh = excluded.certificate_kwh, excess_kwh = excluded.excess_kwh,
    policy_share = excluded.policy_share, physical_share = excluded.physical_share,
    hourly_matched_share = excluded.hourly_matched_share, volume_matched_share = excluded.volume_matched_share,
    coverage = excluded.coverage, share_low = excluded.share_low, share_high = excluded.share_high,
    used = excluded.used, computed_at = now()
WHERE (t.consumption_kwh, t.direct_line_kwh, t.self_used_kwh, t.green_trade_kwh, t.certificate_kwh, t.excess_kwh,
       t.policy_share, t.physical_share, t.hourly_matched_share, t.volume_matched_share, t.coverage, t.share_low,
       t.share_high, t.used)
    IS DISTINCT FROM
      (excluded.consumption_kwh, excluded.direct_line_kwh, excluded.self_used_kwh, excluded.green_trade_kwh,
       excluded.certificate_kwh, excluded.excess_kwh, excluded.policy_share, excluded.physical_share,
       excluded.hourly_matched_share, excluded.volume_matched_share, excluded.coverage, excluded.share_low,
       excluded.share_high, excluded.used)
