"""A park of one enterprise in a database, and the doors through which the tests send readings and hours."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np
from psycopg.types.json import Jsonb

from alerts.arrivals import FactsJudge, ReadingsJudge
from alerts.dispatch import dispatch
from alerts.grains import GRAINS
from alerts.periods import PeriodJudge
from schemas.batches import Batch, Delivery
from schemas.blocks import ReadingBlock
from schemas.metering import HourlyFacts
from schemas.rule_bodies import parse_rule
from storage.connect import Connection
from storage.rules import replace_registry_rules
from storage.write_batch import BatchWriter

TIMEZONE = ZoneInfo("Asia/Shanghai")
DAY = dt.datetime(2026, 10, 2, tzinfo=dt.UTC)
NOW = DAY + dt.timedelta(days=1)
RULE: dict[str, Any] = {"code": "r", "kind": "warning", "points": {"quantity": "a24088"}, "statistic": "reading"}
EMPTY_BYTES = b""

Row = tuple[int, float, str]  # microseconds, value, flag


def at(clock: str) -> int:
    """Microseconds of ``[+D ]HH:MM[:SS]`` on the day of the tests, D days later."""
    days, _, rest = clock.rpartition(" ")
    h, m, s = (int(part) for part in [*rest.split(":"), "0"][:3])
    moment = DAY + dt.timedelta(days=int(days or 0), hours=h, minutes=m, seconds=s)
    return round(moment.timestamp()) * 1_000_000


@dataclass
class Bench:
    connection: Connection
    streaming: ReadingsJudge = field(init=False)
    facts: FactsJudge = field(init=False)
    periods: dict[str, PeriodJudge] = field(init=False)
    writer: BatchWriter = field(init=False)

    def __post_init__(self) -> None:
        self.streaming, self.facts = ReadingsJudge(TIMEZONE), FactsJudge(TIMEZONE)
        self.periods = {statistic.value: PeriodJudge(grain, TIMEZONE) for statistic, grain in GRAINS.items()}
        self.writer = BatchWriter(self.connection, TIMEZONE, self.streaming)

    def park(self) -> None:
        self.connection.execute("INSERT INTO parks (code, name) VALUES ('P', 'Park')")
        self.connection.execute(
            "INSERT INTO enterprises (code, name, park_id, industry) SELECT 'E', '企业', id, 'x' FROM parks"
        )

    def point(self, code: str, **columns: Any) -> int:
        columns = {"unit": "mg/m3", "interval_s": 60.0, "quantity": "a24088", "role": "stack"} | columns
        names = ", ".join(columns)
        row = self.connection.execute(
            f"INSERT INTO points (enterprise_id, code, name, medium, kind, {names})"  # noqa: S608
            f" SELECT id, %s, %s, 'air', 'gauge'{', %s' * len(columns)} FROM enterprises LIMIT 1 RETURNING id",
            [code, code, *columns.values()],
        ).fetchone()
        assert row
        return int(row[0])

    def rules(self, *bodies: Mapping[str, Any]) -> list[str]:
        with self.connection.transaction():
            return replace_registry_rules(self.connection, [parse_rule(RULE | dict(body)) for body in bodies])

    def send(self, point_id: int, rows: Iterable[Row], now: dt.datetime = NOW) -> None:
        """One batch of readings, in arrival order, through the writer."""
        self.send_block(block_of([(point_id, *row) for row in rows]), now)

    def send_block(self, block: ReadingBlock, now: dt.datetime = NOW) -> None:
        delivery = Delivery("E", "gw", "t", EMPTY_BYTES, "0" * 64)
        n = len(block)
        self.writer.write(Batch([delivery], block, np.zeros(n, np.int32), np.repeat(block.ts_us[:, None], 3, 1)), now)

    def send_hours(self, rows: Iterable[tuple[int, int, float | None, int]], now: dt.datetime = NOW) -> None:
        """Hourly facts (point, hour in microseconds, mean, valid minutes) as the job writes them."""
        facts = facts_of(rows)
        with self.connection.transaction():
            self.connection.cursor().executemany(
                "INSERT INTO hourly_facts (point_id, hour, n, n_valid, mean, covered_s, valid)"
                " VALUES (%s, to_timestamp(%s), %s, %s, %s, %s, %s) ON CONFLICT (point_id, hour) DO UPDATE SET"
                " n = excluded.n, n_valid = excluded.n_valid, mean = excluded.mean, covered_s = excluded.covered_s,"
                " valid = excluded.valid",
                [
                    (p, h / 1e6, n, n, None if np.isnan(m) else m, n * 60.0, v)
                    for p, h, n, m, v in zip(
                        *(c.tolist() for c in (facts.point_id, facts.hour_us, facts.n, facts.mean, facts.valid)),
                        strict=True,
                    )
                ],
            )
            self.facts(self.connection, facts, now)

    def dispatch(self, now: dt.datetime | None = None, **options: Any) -> int:
        """A round of the dispatcher; by default when every group that waits is due."""
        if now is not None:
            return dispatch(self.connection, now, TIMEZONE, **options)
        dispatch(self.connection, NOW, TIMEZONE, **options)
        return dispatch(self.connection, NOW + dt.timedelta(minutes=2), TIMEZONE, **options)

    def judge_ended(self, statistic: str, now: dt.datetime) -> int:
        return self.periods[statistic].judge_ended(self.connection, now)

    def alerts(self, point_id: int | None = None, *, withdrawn: bool = False) -> list[dict[str, Any]]:
        """The stored alerts, of all points or one, in order of their opening."""
        found = self.connection.execute(
            'SELECT id, rule, kind, point_id, state, severity, value, "limit", late, no_data,'
            " (extract(epoch FROM opened_at) * 1000000)::bigint, (extract(epoch FROM resolved_at) * 1000000)::bigint,"
            " evidence, (SELECT array_agg(event ORDER BY id) FROM alert_events e WHERE e.alert_id = a.id)"
            " FROM alerts a WHERE (%s OR state <> 'withdrawn') AND point_id = coalesce(%s::int, point_id)"
            " ORDER BY opened_at, rule, id",
            [withdrawn, point_id],
        ).fetchall()
        first, rest = "id rule kind point_id state severity value limit", "late no_data opened resolved evidence events"
        names = [*first.split(), *rest.split()]
        return [dict(zip(names, row, strict=True)) for row in found]

    def state(self, rule: str, point_id: int) -> tuple[str, dict[str, Any]] | None:
        return self.connection.execute(
            "SELECT state, detail FROM alert_states WHERE rule = %s AND point_id = %s", [rule, point_id]
        ).fetchone()

    def add_rule_of_api(self, body: Mapping[str, Any]) -> None:
        self.connection.execute(
            "INSERT INTO rules (code, kind, statistic, severity, body, source) VALUES (%s, %s, %s, %s, %s, 'api')",
            [body["code"], body["kind"], body["statistic"], "warning", Jsonb(dict(body))],
        )


def block_of(rows: list[tuple[int, int, float, str]]) -> ReadingBlock:
    points, stamps, values, flags = zip(*rows, strict=True)
    return ReadingBlock(
        np.array(points, np.int32), np.array(stamps, np.int64), np.array(values, np.float64), np.array(flags, "S1")
    )


def facts_of(rows: Iterable[tuple[int, int, float | None, int]]) -> HourlyFacts:
    """Facts as columns; an hour is valid from 45 valid minutes on."""
    points, hours, means, minutes = zip(*sorted(rows, key=lambda row: row[:2]), strict=True)
    n = np.array(minutes, np.int64)
    mean = np.array([np.nan if m is None else m for m in means], np.float64)
    return HourlyFacts(
        np.array(points, np.int32),
        np.array(hours, np.int64),
        n,
        n,
        mean,
        mean,
        mean,
        mean,
        mean,
        mean,
        np.array([m * 60.0 for m in minutes], np.float64),
        n >= 45,
        n,
    )
