"""Instruments that people book by the API and by files: for a known enterprise, within what was metered."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from decimal import Decimal
from zoneinfo import ZoneInfo

from schemas.accounts import Instrument, InstrumentKind, Settlement
from schemas.errors import InvalidInput, NotFound, ParkWatchError
from storage.connect import Connection
from storage.instruments import find_instrument, insert_instrument, same_instrument
from storage.queries import fetch_dicts, fetch_value

_LONGEST = 200
_FIRST, _LAST = dt.date(2000, 1, 1), dt.date(2200, 1, 1)


class _Refused(Exception):
    """Carries the faults out of a transaction that is to be rolled back."""


def book_instrument(
    connection: Connection, enterprise: str, instrument: Instrument, *, source: str = "api", timezone: str
) -> bool:
    """Book an instrument for its user; False where it is booked exactly so already.

    Raises:
        NotFound: no such enterprise.
        InvalidInput: sold certificates beyond metered generation, hours beyond the energy, a day out of this age.
        Conflict: the id or a serial is in use.
    """
    _examine(instrument, timezone)
    with connection.transaction():
        code = enterprise.replace("\x00", "")
        enterprise_id = fetch_value(connection, "lock_enterprise", code=code) if code == enterprise else None
        if enterprise_id is None:
            raise NotFound(f"enterprise {enterprise!r} is not in the registry")
        known = find_instrument(connection, instrument.id)
        if known and known[0] == enterprise_id and same_instrument(known[1], instrument):
            return False
        _refuse_beyond_generation(connection, enterprise_id, enterprise, instrument, timezone)
        insert_instrument(connection, enterprise_id, instrument, source=source, timezone=timezone)
    return True


def book_table(
    connection: Connection, rows: Iterable[tuple[str, str, Instrument]], *, timezone: str
) -> tuple[int, list[InvalidInput]]:
    """Book every row ``(place, enterprise, instrument)``, or none where one is wrong.

    Returns:
        how many are new, and the faults: each names its place and field. With a fault nothing was changed.
    """
    booked, faults = 0, list[InvalidInput]()
    try:
        with connection.transaction():
            for place, enterprise, instrument in rows:
                try:
                    booked += book_instrument(connection, enterprise, instrument, source="import", timezone=timezone)
                except ParkWatchError as error:
                    faults.append(_fault(error, place))
            if faults:
                raise _Refused
    except _Refused:
        return 0, faults
    return booked, faults


def _fault(error: ParkWatchError, place: str) -> InvalidInput:
    if isinstance(error, InvalidInput):
        return InvalidInput(error.reason, source=place, field=error.field.rpartition(".")[2])
    return InvalidInput(str(error), source=place, field="enterprise" if isinstance(error, NotFound) else "id")


def _examine(instrument: Instrument, timezone: str) -> None:
    for field, name in (("id", instrument.id), *(("serials", serial) for serial in instrument.serials)):
        if not name or len(name) > _LONGEST or "\x00" in name:
            raise InvalidInput(f"must be 1 to {_LONGEST} characters", field=field)
    days = {"vintage": instrument.vintage, "period": instrument.period, "cancelled": instrument.cancelled_on}
    for field, day in days.items():
        if day is not None and not _FIRST <= day < _LAST:
            raise InvalidInput(f"{day} is outside the years 2000 to 2199", field=field)
    if instrument.hours and instrument.settlement is not Settlement.HOURLY:
        raise InvalidInput("only a trade that is settled hourly has hours", field="hours")
    if instrument.settlement is Settlement.HOURLY:
        _examine_hours(instrument, ZoneInfo(timezone))


def _examine_hours(instrument: Instrument, zone: ZoneInfo) -> None:
    if instrument.kind is not InstrumentKind.GREEN_TRADE:
        raise InvalidInput("only a trade is settled hourly", field="settlement")
    if not instrument.hours:
        raise InvalidInput("an hourly settled trade says how it spreads over hours", field="hours")
    for hour, _ in instrument.hours:
        if hour.astimezone(zone).date().replace(day=1) != instrument.period:
            raise InvalidInput(f"{hour.astimezone(zone).isoformat()} is not in the trade's month", field="hour")


def _refuse_beyond_generation(
    connection: Connection, enterprise_id: int, enterprise: str, instrument: Instrument, timezone: str
) -> None:
    month = instrument.month
    if instrument.kind is not InstrumentKind.CERTIFICATE_SOLD or month is None:
        return
    starts_at = dt.datetime(month.year, month.month, 1, tzinfo=ZoneInfo(timezone))
    found = fetch_dicts(
        connection, "find_metered_generation", enterprise_id=enterprise_id, starts_at=starts_at, month=month
    )[0]
    generated, sold = found["generated"] or Decimal(0), found["sold"]
    if sold + instrument.energy_kwh > generated:
        raise InvalidInput(
            f"{_mwh(instrument.energy_kwh)} MWh sold are beyond metered generation: {enterprise} generated "
            f"{_mwh(generated)} MWh of renewable electricity in {month:%Y-%m}; {_mwh(sold)} MWh of it are sold already",
            field="mwh",
        )


def _mwh(energy_kwh: Decimal) -> str:
    return f"{energy_kwh / 1000:f}".rstrip("0").rstrip(".") if energy_kwh else "0"
