"""What was sent, in a file: the content that the database must have in the end, kept by the rules of the contract.

Written apart from storage, one reading after the other, so that the two can be held against each other: the newest
value of an instant wins, a value that was superseded and comes again is a duplicate (docs/reference/mqtt.md). An SQLite
file, so that truths larger than the memory can be written and read in order.
"""

from __future__ import annotations

import hashlib
import sqlite3
from collections import Counter
from collections.abc import Iterator
from dataclasses import asdict, astuple, dataclass
from pathlib import Path
from threading import Lock

from schemas.errors import InvalidInput, NotFound
from simulators.letters import Letter, Row
from simulators.marks import Marked

_SCHEMA = """
CREATE TABLE readings (point TEXT, ts_us INT, value REAL, flag TEXT, PRIMARY KEY (point, ts_us)) WITHOUT ROWID;
CREATE TABLE superseded (point TEXT, ts_us INT, value REAL, flag TEXT, PRIMARY KEY (point, ts_us, value, flag))
WITHOUT ROWID;
CREATE TABLE messages (sha256 TEXT, enterprise TEXT, sent_at REAL, PRIMARY KEY (enterprise, sha256)) WITHOUT ROWID;
CREATE TABLE refusals (enterprise TEXT, sha256 TEXT, point TEXT, reason TEXT, n INT,
    PRIMARY KEY (enterprise, sha256, point, reason)) WITHOUT ROWID;
CREATE TABLE marks (enterprise TEXT, point TEXT, kind TEXT, from_us INT, to_us INT, automatic INT);
CREATE TABLE books (enterprise TEXT PRIMARY KEY, received INT, stored INT, duplicate INT, corrected INT, rejected INT);
"""
_COMMIT_EVERY = 500


@dataclass(frozen=True, slots=True)
class Books:
    """Readings of an enterprise, as its ledger must have them if nothing is delivered twice."""

    received: int = 0
    stored: int = 0
    duplicate: int = 0
    corrected: int = 0
    rejected: int = 0


Content = tuple[int, float, str]
"""A reading of a point: microseconds since the epoch, value, flag."""
Refused = tuple[str, str, str, str, int]
"""Enterprise, digest of the payload, point (empty: the payload), reason, how often in one delivery."""


class Sent:
    """The truth of one run. Threads may book at once."""

    def __init__(self, file: Path) -> None:
        """Begin a new truth.

        Raises:
            InvalidInput: the file exists.
        """
        if file.exists():
            raise InvalidInput("exists already: a truth is the truth of one run", source=str(file))
        self._lock = Lock()
        self._database = sqlite3.connect(file, check_same_thread=False, isolation_level=None)
        self._database.executescript(f"PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF; {_SCHEMA} BEGIN;")
        self._books: dict[str, Counter[str]] = {}
        self._booked = 0

    def contradicts(self, enterprise: str, letter: Letter) -> bool:
        """Whether the message changes a value that was sent: then what it changes must have arrived before it."""
        with self._lock:
            found = ((row, self._current(_key(enterprise, row))) for row in letter.accepted)
            return any(current is not None and current != (row.value, row.flag) for row, current in found)

    def book(self, enterprise: str, letter: Letter, sent_at: float) -> None:
        """The message was sent (seconds since the epoch)."""
        digest = hashlib.sha256(letter.message.payload).hexdigest()
        with self._lock:
            books = self._books.setdefault(enterprise, Counter())
            for row in letter.accepted:
                books[self._take(enterprise, row)] += 1
            refused = letter.refused
            books.update(rejected=refused.total(), received=refused.total() + len(letter.accepted))
            self._database.execute("INSERT OR IGNORE INTO messages VALUES (?, ?, ?)", (digest, enterprise, sent_at))
            rows = [(enterprise, digest, point, reason, n) for (point, reason), n in refused.items()]
            self._database.executemany("INSERT OR IGNORE INTO refusals VALUES (?, ?, ?, ?, ?)", rows)
            self._booked += 1
            if self._booked % _COMMIT_EVERY == 0:
                self._save()

    def book_mark(self, mark: Marked) -> None:
        """A mark is in force in the end."""
        with self._lock:
            self._database.execute("INSERT INTO marks VALUES (?, ?, ?, ?, ?, ?)", astuple(mark))

    def close(self) -> None:
        with self._lock:
            self._save()
            self._database.execute("COMMIT")
            self._database.close()

    def _save(self) -> None:
        rows = [(e, *asdict(Books(**books)).values()) for e, books in self._books.items()]
        self._database.executemany("INSERT OR REPLACE INTO books VALUES (?, ?, ?, ?, ?, ?)", rows)
        self._database.execute("COMMIT")
        self._database.execute("BEGIN")

    def _take(self, enterprise: str, row: Row) -> str:
        """Book one reading; what the ledger calls it."""
        key, content = _key(enterprise, row), (row.value, row.flag)
        current = self._current(key)
        if current is None:
            self._database.execute("INSERT INTO readings VALUES (?, ?, ?, ?)", (*key, *content))
            return "stored"
        old = "SELECT 1 FROM superseded WHERE point = ? AND ts_us = ? AND value = ? AND flag = ?"
        if current == content or self._database.execute(old, (*key, *content)).fetchone():
            return "duplicate"
        self._database.execute("INSERT INTO superseded VALUES (?, ?, ?, ?)", (*key, *current))
        newest = "UPDATE readings SET value = ?, flag = ? WHERE point = ? AND ts_us = ?"
        self._database.execute(newest, (*content, *key))
        return "corrected"

    def _current(self, key: tuple[str, int]) -> tuple[float, str] | None:
        found = self._database.execute("SELECT value, flag FROM readings WHERE point = ? AND ts_us = ?", key).fetchone()
        return None if found is None else (found[0], found[1])


def _key(enterprise: str, row: Row) -> tuple[str, int]:
    if not isinstance(row.ts, int):
        raise TypeError(f"an accepted reading has a stamp, not {row.ts!r}")
    return f"{enterprise}/{row.point}", row.ts * 1000


class Truth:
    """A truth that is read. Everything comes in order and is never whole in memory."""

    def __init__(self, file: Path) -> None:
        """Open the truth of a run that has ended.

        Raises:
            NotFound: no such file.
            InvalidInput: not such a file.
        """
        if not file.exists():
            raise NotFound(f"{file} does not exist: `parkwatch simulate faulty --truth FILE` writes it")
        self._database = sqlite3.connect(f"file:{file}?mode=ro", uri=True)
        try:
            self._database.execute("SELECT 1 FROM messages LIMIT 1")
        except sqlite3.DatabaseError as error:
            self._database.close()
            raise InvalidInput(f"is no truth of a simulation: {error}", source=str(file)) from error

    def close(self) -> None:
        self._database.close()

    def points(self) -> list[str]:
        """``ENTERPRISE/POINT`` of all that has readings, in order."""
        found = self._database.execute("SELECT DISTINCT point FROM readings ORDER BY point")
        return [row[0] for row in found]

    def readings(self, point: str) -> Iterator[Content]:
        """What a point must have in the end, by time."""
        yield from self._database.execute(
            "SELECT ts_us, value, flag FROM readings WHERE point = ? ORDER BY ts_us", [point]
        )

    def marks(self) -> list[Marked]:
        """The marks in force in the end."""
        found = self._database.execute("SELECT * FROM marks ORDER BY enterprise, from_us")
        return [Marked(who, point, kind, start, end, bool(device)) for who, point, kind, start, end, device in found]

    def books(self) -> dict[str, Books]:
        return {row[0]: Books(*row[1:]) for row in self._database.execute("SELECT * FROM books ORDER BY enterprise")}

    def messages(self) -> Iterator[tuple[str, str]]:
        """(enterprise, digest) of every message, in order."""
        yield from self._database.execute("SELECT enterprise, sha256 FROM messages ORDER BY enterprise, sha256")

    def refusals(self) -> Iterator[Refused]:
        """What every delivery of a payload must be refused for, in order."""
        yield from self._database.execute("SELECT * FROM refusals ORDER BY enterprise, sha256, point, reason")

    def sent_at(self, enterprise: str, digest: str) -> float:
        """When a message was sent, seconds since the epoch."""
        query = "SELECT sent_at FROM messages WHERE enterprise = ? AND sha256 = ?"
        return float(self._database.execute(query, [enterprise, digest]).fetchone()[0])
