"""A park whose accounts are computed and judged day by day, and the words in which cases tell of it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from accounting.periods import bounds_of, start_of
from alerts.scopes import ScopeJudge
from parkwatch.jobs.compute_accounts import compute
from parkwatch.seed import seed_shipped
from schemas.accounts import Instrument, InstrumentKind
from schemas.rule_bodies import parse_rule
from storage.connect import Connection
from storage.instruments import insert_instrument
from storage.periods import close_period, request_restatement
from storage.rules import replace_registry_rules

ZONE = ZoneInfo("Asia/Shanghai")
YEAR = 2026
HOUR, DAY = dt.timedelta(hours=1), dt.timedelta(days=1)
RULE: dict[str, Any] = {"code": "r", "kind": "warning", "scope": "enterprise:A"}


def day_of(text: str) -> dt.date:
    """``[YYYY-]MM-DD``."""
    return dt.date.fromisoformat(text if text.count("-") == 2 else f"{YEAR}-{text}")


def days_of(text: str) -> list[dt.date]:
    """``10-01`` or ``10-01..10-05``."""
    first, _, last = text.partition("..")
    start, end = day_of(first), day_of(last or first)
    return [start + i * DAY for i in range((end - start).days + 1)]


def clock(text: str) -> dt.datetime:
    """``10-05 00:01``, local."""
    day, _, time = text.partition(" ")
    hours, minutes = (int(part) for part in (time or "00:01").split(":"))
    return start_of(day_of(day), ZONE) + dt.timedelta(hours=hours, minutes=minutes)


@dataclass
class AccountBench:
    connection: Connection
    judge: ScopeJudge = field(default_factory=lambda: ScopeJudge(ZONE))
    points: dict[str, int] = field(default_factory=dict)

    def park(self, enterprises: Mapping[str, str], points: Mapping[str, Mapping[str, Any]]) -> None:
        """Enterprises by code with their park, and points by ``ENTERPRISE/POINT``."""
        seed_shipped(self.connection)
        for code, park in enterprises.items():
            self.connection.execute(
                "INSERT INTO parks (code, name) VALUES (%s, %s) ON CONFLICT (code) DO NOTHING", [park] * 2
            )
            self.connection.execute(
                "INSERT INTO enterprises (code, name, park_id, industry)"
                " SELECT %s, %s, id, 'carbide' FROM parks WHERE code = %s",
                [code, f"企业{code}", park],
            )
        for address, point in points.items():
            self.point(address, **point)

    def point(
        self, address: str, role: str, capacity: float | None = None, medium: str = "electricity", unit: str = "kWh"
    ) -> None:
        """A metering point at ``ENTERPRISE/POINT``."""
        enterprise, code = address.split("/")
        row = self.connection.execute(
            "INSERT INTO points"
            " (enterprise_id, code, name, medium, quantity, kind, unit, role, interval_s, capacity_kw)"
            " SELECT id, %s, %s, %s, 'energy', 'counter', %s, %s, 60, %s FROM enterprises WHERE code = %s RETURNING id",
            [code, code, medium, unit, role, capacity, enterprise],
        ).fetchone()
        assert row
        self.points[address] = int(row[0])

    def rules(self, *bodies: Mapping[str, Any]) -> None:
        with self.connection.transaction():
            replace_registry_rules(self.connection, [parse_rule(RULE | dict(body)) for body in bodies])

    def facts(self, address: str, days: str, energy_kwh: float | None) -> None:
        """The same energy in each hour of these days; None takes the hours away."""
        point_id = self.points[address]
        for day in days_of(days):
            start = start_of(day, ZONE)
            self.connection.execute(
                "DELETE FROM hourly_facts WHERE point_id = %s AND hour >= %s AND hour < %s",
                [point_id, start, start + DAY],
            )
            if energy_kwh is not None:
                self.connection.execute(
                    "INSERT INTO hourly_facts (point_id, hour, n, n_valid, delta, covered_s, valid)"
                    " SELECT %s, %s::timestamptz + i * interval '1 hour', 60, 60, %s, 3600, true"
                    " FROM generate_series(0, 23) i",
                    [point_id, start, energy_kwh],
                )
            self.mark(day)

    def mark(self, day: dt.date) -> None:
        self.connection.execute("INSERT INTO dirty_days (enterprise_id, day) VALUES (1, %s)", [day])

    def certificate(self, number: str, enterprise: str, mwh: float, cancelled: str) -> None:
        day = day_of(cancelled)
        instrument = Instrument(
            number, InstrumentKind.CERTIFICATE, Decimal(str(mwh)) * 1000, vintage=day.replace(day=1), cancelled_on=day
        )
        row = self.connection.execute("SELECT id FROM enterprises WHERE code = %s", [enterprise]).fetchone()
        assert row
        insert_instrument(self.connection, row[0], instrument)
        self.mark(day.replace(day=1))

    def close(self, month: str, now: dt.datetime) -> None:
        close_period(self.connection, bounds_of(day_of(f"{month}-01"), ZONE), "energy:1", "", now)

    def restate(self, month: str) -> None:
        request_restatement(self.connection, day_of(f"{month}-01"), "late readings", "energy:1")
        self.mark(day_of(f"{month}-01"))

    def compute(self, now: dt.datetime) -> None:
        compute(self.connection, now, ZONE.key, self.judge)

    def alerts(self, *, withdrawn: bool = True) -> list[dict[str, Any]]:
        """The stored alerts of scopes, by scope and period."""
        rows = self.connection.execute(
            "SELECT to_jsonb(a) || jsonb_build_object('events',"
            " (SELECT array_agg(event ORDER BY id) FROM alert_events e WHERE e.alert_id = a.id))"
            " FROM alerts a WHERE scope IS NOT NULL AND (%s OR state <> 'withdrawn')"
            " ORDER BY rule, scope, period, id",
            [withdrawn],
        ).fetchall()
        return [row[0] for row in rows]

    def state(self, scope: str = "enterprise:A", period: str = "2026-10", rule: str = "r") -> tuple[str, str] | None:
        """How a rule stands at a scope, and the newest verdict."""
        return self.connection.execute(
            "SELECT state, detail ->> 'verdict' FROM scope_states WHERE rule = %s AND scope = %s AND period = %s",
            [rule, scope, period],
        ).fetchone()

    def notices(self) -> list[tuple[str, str]]:
        """What people are to be told, by scope and state, in order."""
        return self.connection.execute(
            "SELECT a.scope, n.state FROM notices n JOIN alerts a ON a.id = n.alert_id ORDER BY n.id"
        ).fetchall()

    def texts(self) -> list[str]:
        """What goes out over MQTT, in order."""
        rows = self.connection.execute("SELECT payload ->> 'text' FROM outbox ORDER BY id").fetchall()
        return [row[0] for row in rows]
