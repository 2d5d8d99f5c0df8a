"""Grid invoices in the database: all of a table or nothing of it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from decimal import Decimal
from typing import Protocol

from schemas.errors import Conflict, NotFound
from storage.connect import Connection
from storage.queries import fetch_value


class GridInvoice(Protocol):
    """What an invoice says; ``month`` is its first day."""

    @property
    def enterprise(self) -> str: ...
    @property
    def month(self) -> dt.date: ...
    @property
    def energy_kwh(self) -> Decimal: ...
    @property
    def direction(self) -> str: ...
    @property
    def number(self) -> str: ...


def put_invoices(connection: Connection, invoices: Iterable[GridInvoice]) -> dict[str, int]:
    """Keep invoices, in one transaction; how many were added and how many known already.

    Raises:
        NotFound: no such enterprise.
        Conflict: an invoice of that number and month says something else. Nothing is changed.
    """
    counts = {"added": 0, "known": 0}
    with connection.transaction():
        for one in invoices:
            outcome = fetch_value(
                connection,
                "put_grid_invoice",
                enterprise=one.enterprise,
                month=one.month,
                direction=str(one.direction),
                number=one.number,
                energy_kwh=one.energy_kwh,
            )
            if outcome is None:
                raise NotFound(f"enterprise {one.enterprise!r} is not in the registry")
            if outcome == "conflict":
                raise Conflict(
                    f"invoice {one.number or '(without a number)'} of {one.enterprise} for {one.month:%Y-%m} is stored "
                    "with another energy; a correction is an invoice with a number of its own"
                )
            counts[outcome] += 1
    return counts
