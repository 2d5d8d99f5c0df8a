"""Certificates and trades. The database itself refuses a serial that is used twice, whoever is first."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence
from typing import Any
from zoneinfo import ZoneInfo

from psycopg.errors import UniqueViolation

from schemas.accounts import Instrument, InstrumentKind, Settlement
from schemas.errors import Conflict, InvalidInput
from schemas.instruments import instrument_of, serials_of
from schemas.registry import InstrumentSpec
from storage.connect import Connection
from storage.queries import execute, fetch_dicts, fetch_value


def insert_instrument(
    connection: Connection,
    enterprise_id: int,
    instrument: Instrument,
    *,
    source: str = "api",
    timezone: str = "Asia/Shanghai",
) -> None:
    """Book an instrument for its user and mark the days whose accounts it changes.

    Raises:
        Conflict: its id or one of its serials is in use; names both users.
        InvalidInput: its hours add up to more than its energy.
    """
    _examine_hours(instrument)
    serials = serials_of(instrument)
    try:
        with connection.transaction():
            _insert(connection, enterprise_id, instrument, serials, source)
            _mark(connection, enterprise_id, [instrument], timezone)
    except UniqueViolation as error:
        raise _conflict(connection, enterprise_id, instrument.id, serials) from error


def find_instrument(connection: Connection, instrument_id: str) -> tuple[int, Instrument] | None:
    """An instrument by its id, with the key of the enterprise that uses it."""
    rows = fetch_dicts(connection, "find_instrument", id=instrument_id)
    return (rows[0].pop("enterprise_id"), _instrument(rows[0])) if rows else None


def same_instrument(one: Instrument, other: Instrument) -> bool:
    """Whether two say the same, in whatever order."""
    return _essence(one) == _essence(other) and sorted(one.hours) == sorted(other.hours)


def replace_registry_instruments(
    connection: Connection, enterprise_id: int, rows: Sequence[InstrumentSpec], *, timezone: str = "Asia/Shanghai"
) -> list[str]:
    """Make the instruments that the registry owns match; those of the API and of imports stay.

    Returns:
        the changes, in words; empty where all matched.

    Raises:
        Conflict: a serial is in use by somebody.
        InvalidInput: an instrument is wrong; names it and the field.
    """
    wanted = _by_id([instrument_of(row) for row in rows])
    known = _by_id(_stored(connection, enterprise_id, "registry"))
    gone = sorted(set(known) - set(wanted))
    changed = sorted(i for i in set(known) & set(wanted) if _essence(known[i]) != _essence(wanted[i]))
    added = sorted(set(wanted) - set(known))
    with connection.transaction():
        if gone or changed:
            execute(connection, "delete_instruments", ids=gone + changed, source="registry")
            _mark(connection, enterprise_id, [known[i] for i in gone + changed], timezone)
        for i in changed + added:
            insert_instrument(connection, enterprise_id, wanted[i], source="registry", timezone=timezone)
    return (
        [f"instrument {i}: removed" for i in gone]
        + [f"instrument {i}: changed" for i in changed]
        + [f"instrument {i}: added" for i in added]
    )


def _by_id(instruments: Iterable[Instrument]) -> dict[str, Instrument]:
    found: dict[str, Instrument] = {}
    for instrument in instruments:
        if instrument.id in found:
            raise InvalidInput("is listed twice", field=f"instruments[{instrument.id}].id")
        found[instrument.id] = instrument
    return found


def _essence(instrument: Instrument) -> tuple[Any, ...]:
    """What the registry says about an instrument; its hours come by other ways."""
    return (
        instrument.kind,
        instrument.energy_kwh,
        instrument.vintage,
        instrument.period,
        instrument.cancelled_on,
        instrument.settlement,
        serials_of(instrument),
    )


def _stored(connection: Connection, enterprise_id: int, source: str) -> list[Instrument]:
    rows = fetch_dicts(connection, "list_enterprise_instruments", enterprise_id=enterprise_id, source=source)
    return [_instrument(row) for row in rows]


def _instrument(row: dict[str, Any]) -> Instrument:
    hours = tuple(zip(row.pop("hours"), row.pop("energies_kwh"), strict=True))
    row["kind"], row["settlement"] = InstrumentKind(row["kind"]), Settlement(row["settlement"])
    return Instrument(serials=tuple(row.pop("serials")), hours=hours, **row)


def _insert(
    connection: Connection, enterprise_id: int, instrument: Instrument, serials: list[str], source: str
) -> None:
    execute(
        connection,
        "insert_instrument",
        id=instrument.id,
        enterprise_id=enterprise_id,
        kind=instrument.kind.value,
        energy_kwh=instrument.energy_kwh,
        vintage=instrument.vintage,
        period=instrument.period,
        cancelled_on=instrument.cancelled_on,
        settlement=instrument.settlement.value,
        source=source,
    )
    execute(connection, "insert_instrument_serials", id=instrument.id, serials=serials)
    hours, energies = [hour for hour, _ in instrument.hours], [energy for _, energy in instrument.hours]
    execute(connection, "insert_instrument_hours", id=instrument.id, hours=hours, energies_kwh=energies)


def _examine_hours(instrument: Instrument) -> None:
    booked = sum(energy for _, energy in instrument.hours)
    if booked > instrument.energy_kwh:
        raise InvalidInput(
            f"its hours add up to {booked} kWh, more than its {instrument.energy_kwh} kWh",
            field=f"instruments[{instrument.id}].hours",
        )


def _mark(connection: Connection, enterprise_id: int, instruments: list[Instrument], timezone: str) -> None:
    """One day brings its month and year along; an hourly trade touches the days of its hours too."""
    days = {month for instrument in instruments if (month := instrument.month)}
    days |= {day for instrument in instruments for day in _local_days(instrument, timezone)}
    execute(connection, "mark_days_dirty", enterprise_id=enterprise_id, days=sorted(days))


def _local_days(instrument: Instrument, timezone: str) -> set[dt.date]:
    zone = ZoneInfo(timezone)
    return {hour.astimezone(zone).date() for hour, _ in instrument.hours}


def _conflict(connection: Connection, enterprise_id: int, instrument_id: str, serials: list[str]) -> Conflict:
    user = fetch_value(connection, "find_enterprise_code", enterprise_id=enterprise_id)
    uses = fetch_dicts(connection, "find_instrument_uses", id=instrument_id, serials=serials)
    listed = "; ".join(f"{u['serial']} is used by {u['enterprise']} (instrument {u['instrument']})" for u in uses)
    return Conflict(
        f"instrument {instrument_id} of {user} was refused: {listed or 'its serials are in use'}. "
        "A serial counts once, for one user: correct the serial, or withdraw the earlier use first"
    )
