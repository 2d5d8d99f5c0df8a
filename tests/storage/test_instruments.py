"""A certificate's kWh count once, however the ledger is filled."""

from __future__ import annotations

import datetime as dt
import threading
from contextlib import closing
from decimal import Decimal

import pytest

from schemas.accounts import Instrument, InstrumentKind, Settlement
from schemas.errors import Conflict, InvalidInput
from schemas.instruments import instrument_of
from schemas.registry import InstrumentSpec
from storage.connect import Connection, open_connection
from storage.instruments import insert_instrument, replace_registry_instruments

MONTH = dt.date(2026, 10, 1)


def certificate(serial: str, **more: object) -> Instrument:
    return Instrument(serial, InstrumentKind.CERTIFICATE, Decimal(1000), cancelled_on=dt.date(2026, 10, 5), **more)  # type: ignore[arg-type]


@pytest.fixture
def users(connection: Connection) -> tuple[int, int]:
    connection.execute("INSERT INTO parks (code, name) VALUES ('P', 'P')")
    rows = connection.execute(
        "INSERT INTO enterprises (code, name, park_id) SELECT c, c, 1 "
        "FROM unnest(ARRAY['ENT01', 'ENT02']) c RETURNING id"
    ).fetchall()
    return rows[0][0], rows[1][0]


def test_a_serial_is_used_once(connection: Connection, users: tuple[int, int]) -> None:
    insert_instrument(connection, users[0], certificate("GEC-1", serials=("S-1", "S-2")))
    trade = Instrument("T-1", InstrumentKind.GREEN_TRADE, Decimal(5), period=MONTH, serials=("S-2",))
    with pytest.raises(Conflict, match=r"T-1 of ENT02 was refused: S-2 is used by ENT01 \(instrument GEC-1\)"):
        insert_instrument(connection, users[1], trade)
    with pytest.raises(Conflict, match="GEC-1"):
        insert_instrument(connection, users[1], certificate("OTHER", serials=("GEC-1",)))
    assert connection.execute("SELECT count(*) FROM instruments").fetchone() == (1,)


def test_concurrent_use_has_one_winner(connection: Connection, database_url: str, users: tuple[int, int]) -> None:
    start, outcomes = threading.Barrier(8), list[str]()

    def book(number: int) -> None:
        serials = ["SHARED-1", "SHARED-2"]
        with closing(open_connection(database_url)) as own:
            start.wait()
            try:
                shuffled = tuple(serials if number % 2 else reversed(serials))
                insert_instrument(own, users[number % 2], certificate(f"GEC-{number}", serials=shuffled))
                outcomes.append("booked")
            except Conflict:
                outcomes.append("refused")

    threads = [threading.Thread(target=book, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(outcomes) == ["booked"] + ["refused"] * 7
    assert connection.execute("SELECT sum(energy_kwh) FROM instruments").fetchone() == (Decimal(1000),)


def test_the_registry_owns_its_own_only(connection: Connection, users: tuple[int, int]) -> None:
    insert_instrument(connection, users[0], certificate("BY-API"))
    specs = [
        InstrumentSpec(id="GEC-0001", kind="certificate", mwh=120, vintage="2026-09", cancelled=dt.date(2026, 10, 5)),
        InstrumentSpec(id="TRADE-2026-10", kind="green_trade", mwh=800, period="2026-10"),
    ]
    added = ["instrument GEC-0001: added", "instrument TRADE-2026-10: added"]
    assert replace_registry_instruments(connection, users[0], specs) == added
    assert replace_registry_instruments(connection, users[0], specs) == []
    changed = [InstrumentSpec(id="GEC-0001", kind="certificate", mwh=121, cancelled=dt.date(2026, 10, 5))]
    assert replace_registry_instruments(connection, users[0], changed) == [
        "instrument TRADE-2026-10: removed",
        "instrument GEC-0001: changed",
    ]
    rows = connection.execute("SELECT id, energy_kwh FROM instruments ORDER BY id").fetchall()
    assert rows == [("BY-API", Decimal(1000)), ("GEC-0001", Decimal(121000))]
    assert connection.execute("SELECT DISTINCT day FROM dirty_days").fetchall() == [(MONTH,)]


def test_hours_never_exceed_the_trade(connection: Connection, users: tuple[int, int]) -> None:
    hours = ((dt.datetime(2026, 10, 1, 4, tzinfo=dt.UTC), Decimal(6)),)
    trade = Instrument(
        "T", InstrumentKind.GREEN_TRADE, Decimal(5), period=MONTH, settlement=Settlement.HOURLY, hours=hours
    )
    with pytest.raises(InvalidInput, match="6 kWh, more than its 5 kWh"):
        insert_instrument(connection, users[0], trade)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"mwh": float("nan")}, r"instruments\[X\].mwh: nan"),
        ({"mwh": -1.0}, r"instruments\[X\].mwh: -1.0"),
        ({"kind": "voucher"}, r"instruments\[X\].kind: 'voucher'"),
        ({"period": "2026-13"}, r"instruments\[X\].period: '2026-13'"),
        ({"kind": "green_trade"}, r"instruments\[X\].period: a trade needs"),
        ({"serials": ["a", "a"]}, r"instruments\[X\].serials"),
    ],
)
def test_wrong_input_names_the_field(change: dict[str, object], message: str) -> None:
    spec = InstrumentSpec(**({"id": "X", "kind": "certificate", "mwh": 1.0} | change))  # type: ignore[arg-type]
    with pytest.raises(InvalidInput, match=message):
        instrument_of(spec, source="park.yaml")
