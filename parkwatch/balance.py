"""Do the books agree: the ledger with the readings, and the demo park's accounts with the simulator's own truth."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass

from simulators.park import Park
from simulators.plants import PLANTS
from simulators.streams import LOCAL
from simulators.truth import Terms, Truth
from storage.connect import Connection
from storage.queries import fetch_dicts

TOLERANCE = 1e-6  # of a share

_SHARES = ("policy_share", "physical_share")


@dataclass(frozen=True, slots=True)
class Difference:
    """What is not as it must be. ``place`` is an enterprise, a scope and month, or a point with an ``instant``."""

    place: str
    what: str
    expected: float | str | None
    found: float | str | None
    instant: str | None = None


def ledger_differences(connection: Connection) -> list[Difference]:
    """Enterprises whose ledger has another number of stored readings than the table has of rows."""
    return [
        Difference(row["enterprise"], "stored readings", row["booked"], row["present"])
        for row in fetch_dicts(connection, "compare_ledger")
        if row["booked"] != row["present"]
    ]


def truth_of_what_arrived(connection: Connection, park: Park) -> Truth:
    """The simulator's truth for the span of the readings that are in the table."""
    span = fetch_dicts(connection, "select_reading_span")[0]
    return Truth(park, span["first"].astimezone(LOCAL), span["last"].astimezone(LOCAL))


def share_differences(connection: Connection, truth: Truth, month: dt.date, rule: str) -> list[Difference]:
    """Monthly shares of every enterprise, park and the city that are off by more than ``TOLERANCE``."""
    start = dt.datetime(month.year, month.month, 1, tzinfo=LOCAL)
    rows = fetch_dicts(connection, "select_month_shares", starts_at=start, rule=rule)
    stored = {row["scope"]: row for row in rows}
    found = []
    for scope, terms in _scopes(truth, month):
        for share in _SHARES:
            expected = getattr(terms, share)
            value = stored.get(scope, {}).get(share)
            if (expected is None) != (value is None) or (value is not None and abs(value - expected) > TOLERANCE):
                found.append(Difference(f"{scope} {month:%Y-%m}", share, expected, value))
    return found


def _scopes(truth: Truth, month: dt.date) -> Iterator[tuple[str, Terms]]:
    yield "city", truth.city_month(month)
    for park in sorted({plant.park for plant in PLANTS}):
        yield f"park:{park}", truth.park_month(park, month)
    for plant in PLANTS:
        yield f"enterprise:{plant.code}", truth.month(plant.code, month)
