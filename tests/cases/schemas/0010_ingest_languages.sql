-- A database as it was when 0010_ingest_languages was the newest migration: something in every table. Never changed afterwards.
INSERT INTO parks (code, name) VALUES ('P1', '示例园区'), ('P2', '第二园区');
INSERT INTO enterprises (code, name, park_id, industry)
SELECT v.code, v.name, p.id, 'chlor_alkali' FROM (VALUES ('A', '甲''企业', 'P1'), ('B', '乙企业', 'P2')) v(code, name, park)
JOIN parks p ON p.code = v.park;
INSERT INTO points (enterprise_id, code, name, medium, quantity, kind, unit, role, interval_s)
SELECT e.id, v.code, v.name, v.medium, v.quantity, v.kind, v.unit, v.role, 60
FROM enterprises e, (VALUES
    ('E01', '总进线', 'electricity', 'active_energy', 'counter', 'kWh', 'grid_import'),
    ('S01', '屋顶光伏', 'electricity', 'active_energy', 'interval', 'kWh', 'onsite_solar'),
    ('V01', '1号排口', 'air', 'a24088', 'gauge', 'mg/m3', 'stack')) v(code, name, medium, quantity, kind, unit, role);
INSERT INTO readings (point_id, ts, value, flag, received_at)
SELECT p.id, ts, 50 + p.id, 'N', ts FROM points p, generate_series(timestamptz '2026-10-05 00:00Z', '2026-10-05 02:59Z', '1 minute') ts
WHERE p.role = 'stack' AND (p.id % 2 = 0 OR ts < '2026-10-05 01:00Z' OR ts >= '2026-10-05 02:00Z');
INSERT INTO latest_readings (point_id, ts, value, flag, received_at)
SELECT id, '2026-10-05 02:59Z', 51, 'N', '2026-10-05 02:59Z' FROM points WHERE role = 'stack';
INSERT INTO hourly_facts (point_id, hour, n, n_valid, mean, min, max, first, last, delta, covered_s, valid)
SELECT p.id, hour, 60, 60, 51, 50, 52, 50, 52, CASE WHEN p.medium = 'electricity' THEN 1000 END, 3600, hour <> '2026-10-05 01:00Z'
FROM points p, generate_series(timestamptz '2026-10-03 16:00Z', '2026-10-05 15:00Z', '1 hour') hour;
INSERT INTO dirty_hours (point_id, hour) SELECT id, '2026-10-05 02:00Z' FROM points, generate_series(1, 2);
INSERT INTO meter_steps (point_id, from_ts, to_ts, kind, from_register, to_register, in_hours, rule)
SELECT id, '2026-10-05 01:00Z', '2026-10-05 01:01Z', 'unexplained', 9000, 100, false, 'fall' FROM points WHERE kind = 'counter';
INSERT INTO green_power (scope, grain, starts_at, rule, consumption_kwh, direct_line_kwh, self_used_kwh, green_trade_kwh,
    certificate_kwh, excess_kwh, policy_share, physical_share, hourly_matched_share, coverage, share_low, share_high)
SELECT scope, grain, starts_at, 'policy/1', 100, 10, 20, 5, 5, 0, CASE WHEN grain = 'month' THEN 0.4 END, 0.3, 0.25, 0.98, 0.29, 0.33
FROM unnest(ARRAY['city', 'park:P1', 'park:P2', 'enterprise:A', 'enterprise:B']) scope,
     (VALUES ('month', timestamptz '2026-09-30 16:00Z'), ('day', '2026-10-03 16:00Z'), ('day', '2026-10-04 16:00Z')) t(grain, starts_at);
INSERT INTO emissions (scope, grain, starts_at, rule, scope1_kg, scope2_location_kg, scope2_market_kg, coverage, lines)
SELECT scope, grain, starts_at, 'mee/1', 0, 64790, 60960, 0.98, '[]'
FROM unnest(ARRAY['city', 'park:P1', 'park:P2', 'enterprise:A', 'enterprise:B']) scope,
     (VALUES ('month', timestamptz '2026-09-30 16:00Z'), ('day', '2026-10-03 16:00Z'), ('day', '2026-10-04 16:00Z')) t(grain, starts_at);
INSERT INTO rules (code, kind, statistic, severity, body) VALUES
    ('nmhc-hour', 'exceedance', 'mean_1h', 'critical', '{"points": {"quantity": "a24088", "role": "stack"}, "above": 60}');
INSERT INTO alerts (rule, kind, point_id, state, severity, statistic, value, "limit", unit, clause, verified, opened_at, last_at, rule_body)
SELECT 'nmhc-hour', 'exceedance', id, 'firing', 'critical', 'mean_1h', 75, 60, 'mg/m3', 'permit', true,
       '2026-10-05 01:00Z', '2026-10-05 02:00Z', '{}' FROM points WHERE role = 'stack';
INSERT INTO alert_states (rule, point_id, state, since, last_ts)
SELECT 'nmhc-hour', id, 'firing', '2026-10-05 01:00Z', '2026-10-05 02:00Z' FROM points WHERE role = 'stack';
INSERT INTO ledger SELECT code, date '2026-10-05', 10, 6, 1, 1, 2 FROM enterprises;
INSERT INTO ledger_reasons SELECT code, date '2026-10-05', 'unknown_point', 2 FROM enterprises;
INSERT INTO rejected_payloads (received_at, enterprise, gateway, topic, payload)
SELECT '2026-10-05 01:00Z', code, 'gw1', 'pw/v1/' || code || '/gw1/telemetry', '{}' FROM enterprises;
INSERT INTO rejected_readings (payload_id, reason, detail, point) SELECT id, 'unknown_point', 'no such point', 'X' FROM rejected_payloads;
INSERT INTO readings (point_id, ts, value, flag, received_at)
SELECT id, ts, extract(epoch FROM ts - '2026-10-05 00:00Z') / 60, 'N', ts
FROM points, generate_series(timestamptz '2026-10-05 00:00Z', '2026-10-05 02:59Z', '1 minute') ts WHERE kind = 'counter';
INSERT INTO reading_revisions
SELECT id, '2026-10-05 00:01Z', 40, 'N', '2026-10-05 00:01Z', '2026-10-05 00:05Z' FROM points WHERE role = 'stack';
INSERT INTO meter_epochs (point_id, valid_from, width, multiplier, first_register)
SELECT id, '2026-01-01 00:00+08', 1000000, 40, 0 FROM points WHERE kind = 'counter';
INSERT INTO gateways (enterprise_id, code, username) SELECT id, 'gw1', code || '.gw1' FROM enterprises;
INSERT INTO registry_versions (sha256, body, changes) VALUES (repeat('0', 64), 'parks: []', '[]');
INSERT INTO receipts (enterprise, gateway, message_id, sha256, body)
VALUES ('A', 'gw1', 'm-1', repeat('1', 64), '{"received": 1, "stored": 1, "duplicate": 0, "corrected": 0, "rejected": []}');
INSERT INTO imports (kind, enterprise, filename, content, state, result)
VALUES ('readings', 'A', 'year.csv', 'ts,point,value', 'done', '{"received": 0}');
INSERT INTO heartbeats VALUES ('schedule', '2026-10-05 03:00Z', true);
INSERT INTO factors VALUES ('grid/2023', 'electricity_location', 'grid', 0.5306, 'kg/kWh', 'CN', 2023, '2025-01-01', '2025-01-01',
    'a standard', true, 'a publication');
INSERT INTO instruments (id, enterprise_id, kind, energy_kwh, vintage, cancelled_on)
SELECT 'GEC-1', id, 'certificate', 120000, '2026-09-01', '2026-10-05' FROM enterprises WHERE code = 'A';
INSERT INTO instrument_serials VALUES ('SN-1', 'GEC-1');
INSERT INTO instrument_hours VALUES ('GEC-1', '2026-10-05 00:00Z', 5);
INSERT INTO accounting_rules VALUES ('policy', 1, 'green_power', 'a rule', '{}', false);
INSERT INTO targets VALUES ('city-2027', '2027', 'policy_share', 'city', 2027, 0.35, '1', 'plan');
INSERT INTO dirty_days (enterprise_id, day) SELECT id, '2026-10-05' FROM enterprises;
INSERT INTO energy_balances (enterprise_id, grain, starts_at, terms, activities)
SELECT id, 'day', '2026-10-04 16:00Z', '{"grid_import": 100}', '{}' FROM enterprises;
INSERT INTO job_runs (job, started_at, finished_at, outcome) VALUES ('drain_hours', '2026-10-05 03:00Z', '2026-10-05 03:01Z', 'done');
INSERT INTO alert_events (alert_id, event, detail) SELECT id, 'firing', '{"value": 75}' FROM alerts;
INSERT INTO outbox (channel, alert_id, payload) SELECT 'log', id, '{}' FROM alerts;
INSERT INTO judged_hours (through) VALUES ('2026-10-05 01:00Z');
INSERT INTO marks (point_id, kind, from_ts, to_ts, author, reason)
SELECT id, 'calibration', '2026-10-05 00:10Z', '2026-10-05 00:40Z', 'operator', 'span gas' FROM points WHERE role = 'stack';
INSERT INTO tokens (sha256, kind, role, expires_at) VALUES ('\x01', 'bearer', 'admin', '2030-01-01');
INSERT INTO period_closings (month, closed_by, instruments, gaps) VALUES ('2026-09-01', 'energy bureau', '[]', '[]');
INSERT INTO restatements (month, state, days, changed_rows) VALUES ('2026-09-01', 'pending', '{2026-09-03}', 3);
INSERT INTO restatement_lines SELECT id, 'green_power', 'city', 'month', 'policy/1', '{}', '{}' FROM restatements;
INSERT INTO grid_invoices (enterprise_id, month, direction, energy_kwh) SELECT id, '2026-09-01', 'import', 5000 FROM enterprises;
INSERT INTO sparkplug_nodes (enterprise, edge, births, seq, updated_at) VALUES ('A', 'edge', '{}', 3, '2026-10-05 03:00Z');
INSERT INTO stale_points SELECT id, '2026-10-05 02:00Z' FROM points WHERE role = 'stack' LIMIT 1;
INSERT INTO decoder_notes VALUES ('hj212', 'lowercase_crc', 2);
