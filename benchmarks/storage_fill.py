"""A filled database for ``./dev bench storage``: a city's points, days of minute readings, 400 days of facts."""
# ruff: noqa: E501  statements

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from parkwatch.seed import seed_shipped
from storage.connect import Connection
from storage.engine import Engine, engine_of
from storage.partitions import ensure_day

ENTERPRISES = 60
LONG_POINTS = 20  # of these the readings of every day are there, so that no partition is empty
RULES = ("bench-green", "bench-carbon")

_REGISTRY = """
INSERT INTO parks (code, name) SELECT 'P' || i, 'P' FROM generate_series(1, 5) i;
INSERT INTO enterprises (code, name, park_id, industry)
SELECT 'E' || i, 'E', 1 + i % 5, 'I' || i % 6 FROM generate_series(1, 60) i;
"""
_POINTS = """
INSERT INTO points (enterprise_id, code, name, medium, quantity, kind, unit, role, interval_s, capacity_kw)
SELECT 1 + i %% 60, 'M' || i, 'M', CASE WHEN i %% 4 < 2 THEN 'air' ELSE 'electricity' END,
       CASE WHEN i %% 4 < 2 THEN 'a24088' ELSE 'active_energy' END,
       (ARRAY['gauge', 'gauge', 'counter', 'interval'])[1 + i %% 4], CASE WHEN i %% 4 < 2 THEN 'mg/m3' ELSE 'kWh' END,
       (ARRAY['stack', 'fence', 'grid_import', 'onsite_solar'])[1 + i %% 4], 60, 500
FROM generate_series(0, %s::int - 1) i
"""
_VALUE = """CASE p.kind WHEN 'counter' THEN extract(epoch FROM m)::bigint / 60 - 29000000 + p.id
    WHEN 'interval' THEN round((random() * 5)::numeric, 2) ELSE round((20 + 15 * random())::numeric, 2) END"""
_READINGS = f"""
SELECT p.id, m, {_VALUE}, 'N'::"char", m + interval '2 seconds'
FROM generate_series(%(day)s::timestamptz, %(day)s::timestamptz + interval '1 day' - interval '1 minute', '1 minute') m
CROSS JOIN LATERAL (SELECT id, kind FROM points WHERE id <= %(points)s::int OFFSET 0) p
"""  # noqa: S608  minute after minute, as readings arrive
_HOURS = """
INSERT INTO hourly_facts (point_id, hour, n, n_valid, mean, min, max, first, last, delta, covered_s, valid, minutes)
SELECT p.id, h, 60, 60, CASE WHEN p.kind <> 'counter' THEN 25 + random() END, 20, 35, 21, 22,
       CASE WHEN p.kind <> 'gauge' THEN 60 END, 3600, true, 60
FROM generate_series(%(start)s::timestamptz, %(end)s::timestamptz - interval '1 hour', '1 hour') h
CROSS JOIN LATERAL (SELECT id, kind FROM points OFFSET 0) p
"""
_DAYS = """
INSERT INTO fact_calendar (timezone) VALUES ('Asia/Shanghai');
INSERT INTO daily_facts (point_id, day, n, n_valid, minutes, minute_mean, mean, min, max, delta, hours, hours_valid,
                         hours_complete, valid)
SELECT point_id, (hour AT TIME ZONE 'Asia/Shanghai')::date, sum(n), sum(n_valid), sum(minutes), avg(mean), avg(mean), min(min),
       max(max), sum(delta), 24, count(*), count(delta), true
FROM hourly_facts GROUP BY 1, 2 ORDER BY 2, 1;
INSERT INTO monthly_facts (point_id, month, n, n_valid, minutes, minute_mean, mean, min, max, delta, hours, hours_valid,
                           hours_complete, days, days_valid)
SELECT point_id, date_trunc('month', day)::date, sum(n), sum(n_valid), sum(minutes), avg(mean), avg(mean), min(min), max(max),
       sum(delta), sum(hours), sum(hours_valid), sum(hours_complete), count(*), count(*)
FROM daily_facts GROUP BY 1, 2;
"""
_ACCOUNTS = """
CREATE TEMP TABLE scopes AS SELECT 'city' AS scope UNION ALL SELECT 'park:' || code FROM parks
UNION ALL SELECT 'enterprise:' || code FROM enterprises UNION ALL SELECT DISTINCT 'industry:' || industry FROM enterprises;
INSERT INTO green_power (scope, grain, starts_at, rule, consumption_kwh, direct_line_kwh, self_used_kwh, policy_share,
                         physical_share, hourly_matched_share, coverage, share_low, share_high)
SELECT scope, grain, t, 'bench-green', 1000, 10, 200, 0.3, 0.28, 0.27, 0.99, 0.25, 0.31 FROM scopes, (
    SELECT 'hour' AS grain, t FROM generate_series(%(start)s::timestamptz, %(end)s::timestamptz, '1 hour') t
    UNION ALL SELECT 'day', t FROM generate_series(%(start)s::timestamptz, %(end)s::timestamptz, '1 day', 'Asia/Shanghai') t
    UNION ALL SELECT 'month', t FROM generate_series(date_trunc('month', %(start)s::timestamptz, 'Asia/Shanghai'),
                                                     %(end)s::timestamptz, '1 month', 'Asia/Shanghai') t) grains;
INSERT INTO emissions (scope, grain, starts_at, rule, scope1_kg, scope2_location_kg, scope2_market_kg, coverage, lines)
SELECT scope, grain, starts_at, 'bench-carbon', 5, 500, 400, 0.99,
       '[{"unit": "kWh", "activity": "grid", "quantity": 1000, "factor_id": "f", "emissions_kg": 500}]'
FROM green_power WHERE grain <> 'hour';
"""
_WATCH = """
INSERT INTO rules (code, kind, statistic, severity, body) VALUES ('nmhc-hour', 'exceedance', 'mean_1h', 'critical',
    '{"points": {"quantity": "a24088"}, "above": 60, "statistic": "mean_1h"}');
INSERT INTO alert_states (rule, point_id, state, since, last_ts)
SELECT 'nmhc-hour', id, CASE WHEN id %% 50 = 0 THEN 'firing' ELSE 'inactive' END, %(end)s::timestamptz, %(end)s::timestamptz
FROM points WHERE role = 'stack';
INSERT INTO alerts (rule, kind, point_id, state, severity, statistic, value, "limit", unit, clause, verified, opened_at,
                    resolved_at, last_at, rule_body, evidence)
SELECT 'nmhc-hour', 'exceedance', p.id, CASE WHEN t < %(end)s::timestamptz - interval '1 day' THEN 'resolved' ELSE 'firing' END,
       'critical', 'mean_1h', 70, 60, 'mg/m3', 'permit', true, t, CASE WHEN t < %(end)s::timestamptz - interval '1 day'
       THEN t + interval '3 hours' END, t + interval '2 hours', '{}', jsonb_build_object('samples', repeat('x', 2000))
FROM points p, generate_series(%(start)s::timestamptz + p.id * interval '1 minute', %(end)s::timestamptz, '20 days') t
WHERE p.role = 'stack';
"""
_BOOKS = """
INSERT INTO ledger SELECT e.code, d::date, 48000, 47990, 5, 0, 5 FROM enterprises e,
    generate_series(%(start)s::timestamptz, %(end)s::timestamptz, '1 day') d;
INSERT INTO ledger_reasons SELECT enterprise, day, 'unknown_point', 5 FROM ledger;
INSERT INTO rejected_payloads (received_at, enterprise, gateway, topic, payload)
SELECT day + interval '1 hour', enterprise, 'gw', 'pw/v1/' || enterprise || '/gw/telemetry', repeat('x', 500)::bytea FROM ledger;
INSERT INTO rejected_readings (payload_id, reason, detail, point, ts)
SELECT id, 'unknown_point', 'd', 'X', '2026' FROM rejected_payloads, generate_series(1, 5);
INSERT INTO receipts (committed_at, enterprise, gateway, message_id, sha256, body)
SELECT t, e.code, 'gw', 'm' || extract(epoch FROM t), md5(t::text || e.code) || md5(e.code), '{"received": 60, "stored": 60}'
FROM enterprises e, generate_series(%(end)s::timestamptz - interval '3 days', %(end)s::timestamptz, '1 minute') t;
INSERT INTO meter_steps (point_id, from_ts, to_ts, kind, amount, in_hours, rule)
SELECT p.id, t, t + interval '5 hours', CASE WHEN p.id %% 40 = 2 THEN 'unexplained' ELSE 'gap' END, 100, false, 'silence'
FROM points p, generate_series(%(start)s::timestamptz, %(end)s::timestamptz, '10 days') t WHERE p.kind = 'counter';
INSERT INTO latest_readings (point_id, ts, value, flag, received_at)
SELECT id, %(end)s::timestamptz - interval '1 minute', 20, 'N', %(end)s::timestamptz FROM points;
"""


@dataclass(frozen=True, slots=True)
class City:
    """What is filled in: full days before ``end``, and facts of ``facts_days`` before it."""

    end: dt.datetime
    days: int
    facts_days: int = 400
    points: int = 2000

    @property
    def start(self) -> dt.datetime:
        return self.end - dt.timedelta(days=self.facts_days)


def fill(connection: Connection, city: City) -> None:
    """Fill a migrated database."""
    seed_shipped(connection)
    connection.execute(_REGISTRY)
    connection.execute(_POINTS, [city.points])
    for i in range(city.facts_days):
        day = city.end - dt.timedelta(days=i + 1)
        _fill_day(connection, day, city.points if i < city.days else LONG_POINTS)
    span = {"start": city.start, "end": city.end}
    _fill_hours(connection, span)
    connection.execute(_DAYS)
    for text in (_ACCOUNTS, _WATCH, _BOOKS):
        for statement in filter(str.strip, text.split(";\n")):
            connection.execute(statement.encode(), span if "%(" in statement else None)
    connection.execute("VACUUM (ANALYZE)")


def _fill_day(connection: Connection, day: dt.datetime, points: int) -> None:
    """One day; its index is built after its rows, denser than live writing leaves it."""
    given = {"day": day, "points": points}
    if engine_of(connection) is Engine.TIMESCALEDB:
        connection.execute(f"INSERT INTO readings {_READINGS}".encode(), given)
        return
    ensure_day(connection, day.date())
    name = f"readings_{day:%Y%m%d}"
    with connection.transaction():
        connection.execute(f"ALTER TABLE readings DETACH PARTITION {name}".encode())
        connection.execute(f"ALTER TABLE {name} DROP CONSTRAINT {name}_pkey".encode())
        connection.execute(f"TRUNCATE {name}".encode())
        connection.execute(f"INSERT INTO {name} {_READINGS}".encode(), given)
        connection.execute(f"ALTER TABLE {name} ADD CONSTRAINT {name}_pkey PRIMARY KEY (point_id, ts)".encode())
        end = day + dt.timedelta(days=1)
        bounds = f"FROM ('{day.isoformat()}') TO ('{end.isoformat()}')"
        connection.execute(f"ALTER TABLE readings ATTACH PARTITION {name} FOR VALUES {bounds}".encode())


def _fill_hours(connection: Connection, span: dict[str, dt.datetime]) -> None:
    connection.execute("ALTER TABLE hourly_facts DROP CONSTRAINT hourly_facts_pkey")
    connection.execute("DROP INDEX hourly_facts_hour, hourly_facts_changed")
    connection.execute(_HOURS, span)
    connection.execute("ALTER TABLE hourly_facts ADD PRIMARY KEY (point_id, hour)")
    connection.execute("CREATE INDEX hourly_facts_hour ON hourly_facts (hour)")
    connection.execute("CREATE INDEX hourly_facts_changed ON hourly_facts (changed_in)")
