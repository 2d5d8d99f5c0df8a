"""A table published over MQTT, as if its logger were sending: each row's cells in the order of the file."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Iterable, Iterator
from contextlib import closing
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path
from threading import Event

import orjson

from schemas.csv_mapping import Cell, CsvMapping, parse_mapping, read_cells
from schemas.errors import InvalidInput
from simulators.gateway import Credentials, Gateway, Totals
from simulators.telemetry import READINGS_A_MESSAGE, Message


@dataclass(frozen=True, slots=True)
class Table:
    """A file and how to read it; ``cells`` are all its readings."""

    source: str
    cells: list[Cell]

    @property
    def readings_by_point(self) -> dict[str, int]:
        return dict(Counter(cell.point for cell in self.cells))


def read_table(file: Path, mapping_file: Path) -> Table:
    """Read a CSV file by a mapping.

    Raises:
        InvalidInput: names the file, the line and the field of what cannot be read.
    """
    mapping: CsvMapping = parse_mapping(_text(mapping_file), str(mapping_file))
    return Table(str(file), list(read_cells(_text(file), mapping, str(file))))


def table_messages(table: Table, label: str) -> Iterator[Message]:
    """The readings as telemetry payloads, in the order of the file.

    Raises:
        InvalidInput: a cell is no number (file, line, field); nothing of its message is sent.
    """
    entries: list[dict[str, object]] = []
    readings = number = 0
    for _, row in groupby(table.cells, key=lambda cell: cell.line):
        cells = list(row)
        entries.append({"ts": _stamp(cells[0]), "values": _values(table.source, cells)})
        readings += len(cells)
        if readings >= READINGS_A_MESSAGE:
            number += 1
            yield _message(f"{label}-{number}", entries, readings)
            entries, readings = [], 0
    if entries:
        yield _message(f"{label}-{number + 1}", entries, readings)


def replay(
    mqtt_url: str, credentials: Credentials, enterprise: str, gateway: str, table: Table, stop: Event, *,
    receipts: bool = True,
) -> Totals:  # fmt: skip
    """Publish a table as one gateway of an enterprise and wait for the receipts."""
    prepared: Iterable[Message] = list(table_messages(table, f"{enterprise}-{gateway}-{Path(table.source).stem}"))
    sender = Gateway(mqtt_url, enterprise, gateway, credentials(enterprise, gateway), receipts=receipts)
    with closing(sender):
        for message in prepared:
            if not sender.send(message, stop):
                break
        sender.drain(stop)
        return sender.totals


def _message(identifier: str, entries: list[dict[str, object]], readings: int) -> Message:
    return Message(identifier, orjson.dumps({"id": identifier, "data": entries}), readings)


def _values(source: str, cells: list[Cell]) -> dict[str, object]:
    values: dict[str, object] = {}
    for cell in cells:
        number = _number(source, cell)
        values[cell.point] = number if cell.flag == "N" else {"v": number, "q": cell.flag}
    return values


def _number(source: str, cell: Cell) -> float:
    try:
        return float(cell.value)
    except ValueError:
        reason = f"{cell.value!r} is not a number; list it under `missing` of the mapping if it stands for no reading"
        raise InvalidInput(reason, source=f"{source}:{cell.line}", field=cell.point) from None


def _stamp(cell: Cell) -> int | str:
    if isinstance(cell.ts, str):
        return cell.ts
    return int(cell.ts.astimezone(dt.UTC).timestamp() * 1000)


def _text(file: Path) -> str:
    try:
        return file.read_text(encoding="utf-8")
    except OSError as error:
        raise InvalidInput(f"cannot be read: {error.strerror}", source=str(file)) from error
    except UnicodeDecodeError as error:
        raise InvalidInput(f"is not UTF-8 at byte {error.start}; save it as UTF-8", source=str(file)) from error
