"""What people and devices do in these days beside sending readings: marks, silences, invoices, notes, messages."""

from __future__ import annotations

import datetime as dt
import json
from collections import Counter
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from accounting.invoices import Direction, Invoice
from alerts.dispatch import dispatch
from ingest.assemble import Message
from schemas.access import AccessRole
from schemas.accounts import Instrument, InstrumentKind, Settlement
from schemas.marks import MarkKind
from schemas.rule_bodies import parse_rule
from storage import alert_handling
from storage.connect import Connection
from storage.evidence import Unsealed, add_seal
from storage.heartbeats import beat
from storage.imports import add_import
from storage.instruments import insert_instrument
from storage.languages import StoredNode, add_notes, note_staleness, put_node
from storage.logbook import write_entry
from storage.marks import Declaration, MarkTarget, accept_mark, declare_mark
from storage.metering_care import put_invoices
from storage.notifications import replace_policy
from storage.queries import fetch_value
from storage.rules import add_rule
from storage.shares import enroll, say_subscribed
from storage.tokens import create_token

EDGE = "edge-1"
_HOUR, _MINUTE = dt.timedelta(hours=1), dt.timedelta(minutes=1)
_POLICY: dict[str, Any] = {"escalation": [{"after": "30min", "channels": ["webhook:chief"]}]}


def last_letter(now: dt.datetime) -> Message:
    """What ENT08 sends last: its outlet is over the warning value, and the logger tells its own hour."""
    stamps = [round((now - n * _MINUTE).timestamp() * 1000) for n in range(10, 4, -1)]
    data = [{"ts": ts, "values": {"V01": 95.5}} for ts in stamps]
    payload = json.dumps({"id": "last", "data": data}).encode()
    return Message("ENT08", "air", "pw/v1/ENT08/air/telemetry", "telemetry", payload)


def set_budgets(connection: Connection) -> None:
    """Rules of the energy bureau: a share that a day with gaps may not judge, a budget that its first day overruns."""
    budget = {"code": "energy-month", "statistic": "budget", "above": 1, "unit": "MWh", "scope": "enterprise:*"}
    share = {"code": "green-month", "statistic": "share", "below": 35, "unit": "%", "scope": "city", "span": "year"}
    for body in (budget, share):
        add_rule(connection, parse_rule(body | {"kind": "warning"}), "energy:1")


def declare(connection: Connection, now: dt.datetime, zone: ZoneInfo) -> None:
    """Marks, in force and waiting, an outlet's log, a silence, invoices, an hourly trade, the policy of messages."""
    target, early = MarkTarget(_enterprise_id(connection), outlet="DA001"), now - 26 * _HOUR
    calibration = Declaration(target, MarkKind.CALIBRATION, early, early + _HOUR, "标气校准", "张三", "enterprise:1")
    mark = declare_mark(connection, calibration, early, zone)
    stops, starts = early + 2 * _HOUR, early + 4 * _HOUR
    late = Declaration(target, MarkKind.STANDSTILL, stops, starts, "停车", "张三", "enterprise:1")
    for times in range(2):
        waiting = declare_mark(connection, late, now + 3 * _HOUR, zone)
        if not times:
            accept_mark(connection, waiting, "environment:1", "核实", now)
    write_entry(
        connection, enterprise_id=target.enterprise_id, outlet="DA001", kind="calibration", from_ts=early,
        to_ts=early + _HOUR, quantity="a24088", reference=50.0, before=51.5, after=50.1, unit="mg/m3", passed=True,
        note="", author="张三", written_by="enterprise:1", mark_id=mark,
    )  # fmt: skip
    fetch_value(
        connection, "add_silence", matchers=["rule=stack-silent"], from_ts=now - _HOUR, to_ts=now + _HOUR,
        author="李四", comment="检修", declared_by="admin:1",
    )  # fmt: skip
    replace_policy(connection, _POLICY)
    put_invoices(connection, [Invoice("ENT08", dt.date(2026, 10, 1), Decimal(1000), Direction.IMPORT, "1")])
    hour = now.replace(minute=0) - 5 * _HOUR
    hourly = Instrument(
        "TRADE-HOURLY", InstrumentKind.GREEN_TRADE, Decimal(100), period=dt.date(2026, 10, 1),
        settlement=Settlement.HOURLY, hours=((hour, Decimal(100)),),
    )  # fmt: skip
    insert_instrument(connection, target.enterprise_id, hourly, timezone=zone.key)


def operate(connection: Connection, now: dt.datetime) -> None:
    """What the parts of the service and their operator leave behind."""
    connection.execute("UPDATE alerts SET created_at = opened_at")  # the judges wrote them today
    create_token(connection, AccessRole.ENTERPRISE, "ENT08", "gateway")
    add_import(connection, "readings", "ENT08", "readings.csv", None, b"ts,point,value\n")
    enroll(connection, "ingest-1", ["ENT08", "ENT01"])
    say_subscribed(connection, "ingest-1", ["ENT01"], drained=True)
    beat(connection, "ingest-1", True, now)
    put_node(connection, "ENT08", EDGE, StoredNode(b"{}", 1, 2, None), now)
    note_staleness(connection, [1], [], now)
    add_notes(connection, Counter({("hj212", "length"): 2}))


def handle(connection: Connection, now: dt.datetime, zone: ZoneInfo) -> None:
    """Messages go out, and somebody takes care of the first alert; its evidence is sealed."""
    dispatch(connection, now + 2 * _MINUTE, zone)
    alert_handling.acknowledge(connection, 1, "environment:1", "")
    alert_handling.add_comment(connection, 1, "environment:1", "去现场")
    add_seal(connection, Unsealed(1, "sealed"), now, "0" * 64, "{}")


def _enterprise_id(connection: Connection) -> int:
    return int(fetch_value(connection, "find_enterprise", code="ENT08"))
