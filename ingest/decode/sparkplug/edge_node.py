"""What must be remembered of an edge node between its messages: births, aliases, the sequence."""

from __future__ import annotations

from dataclasses import dataclass, field

MAX_DEVICES = 1000
MAX_METRICS = 100_000
_ASK_AGAIN_US = 30_000_000


@dataclass(slots=True)
class Birth:
    """What a birth declared: datatypes by name, names by alias (empty: the alias was given twice)."""

    datatypes: dict[str, int] = field(default_factory=dict)
    names: dict[int, str] = field(default_factory=dict)

    def declare(self, name: str, alias: int | None, datatype: int) -> bool:
        """Remember a metric; False if its alias already stands for another."""
        self.datatypes[name] = datatype
        if alias is None:
            return True
        unique = self.names.setdefault(alias, name) == name
        if not unique:
            self.names[alias] = ""
        return unique


@dataclass(slots=True)
class EdgeNode:
    """The state of one edge node. Plain data: it may be stored and restored.

    Attributes:
        births: by device; ``""`` is the edge node itself, present while it is alive.
        seq: of the last message, 0..255; None before a birth.
        bd_seq: of the birth in force: a death with another one is an old will.
        asked_us: when a rebirth was last asked for, microseconds since the epoch.
    """

    births: dict[str, Birth] = field(default_factory=dict)
    seq: int | None = None
    bd_seq: int | None = None
    asked_us: int | None = None

    @property
    def alive(self) -> bool:
        """Born and not dead."""
        return "" in self.births

    def has_room(self, device: str, metrics: int) -> bool:
        """Whether a birth of ``device`` with so many metrics may be remembered; the node's own replaces all."""
        others = [birth for name, birth in self.births.items() if device and name != device]
        known = sum(len(birth.datatypes) for birth in others)
        return len(others) < MAX_DEVICES and known + metrics <= MAX_METRICS

    def follows(self, seq: int) -> bool:
        """Whether ``seq`` is the next one; it is the last one from now on."""
        expected = None if self.seq is None else (self.seq + 1) % 256
        self.seq = seq
        return seq == expected

    def born(self, seq: int | None, bd_seq: int | None) -> Birth:
        """A birth of the node ends every earlier life of it and of its devices."""
        self.births = {"": Birth()}
        self.seq, self.bd_seq, self.asked_us = seq, bd_seq, None
        return self.births[""]

    def dies(self) -> list[str]:
        """The death of the node is that of its devices. Returns who died."""
        dead = sorted(self.births)
        self.births.clear()
        self.seq = None
        return dead

    def ask(self, now_us: int) -> bool:
        """Whether to ask for a rebirth now; not again within 30 seconds."""
        if self.asked_us is not None and now_us - self.asked_us < _ASK_AGAIN_US:
            return False
        self.asked_us = now_us
        return True
