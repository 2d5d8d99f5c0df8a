"""Split messages: the parts that must wait for their siblings (PNUM, PNO).

Most devices repeat DataTime and keep items whole in every part; such a part stands alone, is decoded at once, and
leaves here only its DataTime. A part that lacks its DataTime, or whose edge cuts an item, waits until all are there.
What waits is only in memory: whoever acknowledges a message must not do so while its parts wait
(``Hj212Decoded.held`` and ``.released``).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from ingest.decode.hj212.items import ends_whole, join
from schemas.hj212 import Hj212Header

_GAP = "…"  # beside a missing part: makes a token that may be cut there neither a number nor a code


@dataclass(slots=True, eq=False)
class PartGroup:
    """The parts of one message so far; the text of a part that stood alone is None."""

    header: Hj212Header
    born_us: int
    texts: dict[int, str | None] = field(default_factory=dict)
    qns: set[str] = field(default_factory=set)
    data_time: str = ""
    sources: list[object] = field(default_factory=list)

    @property
    def whole(self) -> bool:
        """All parts have come."""
        return len(self.texts) == self.header.parts

    @property
    def size(self) -> int:
        """Characters that wait."""
        return sum(len(text) for text in self.texts.values() if text)

    def takes(self, header: Hj212Header, text: str | None, data_time: str) -> bool:
        """Whether the part belongs here: same command of the same device, and the same QN or DataTime."""
        if (header.mn, header.cn, header.st, header.parts) != self._key:
            return False
        same_time = bool(data_time) and data_time == self.data_time
        if data_time and self.data_time and not same_time:
            return False
        taken = header.part in self.texts and self.texts[header.part] != text
        return not taken and (same_time or (bool(header.qn) and header.qn in self.qns))

    @property
    def _key(self) -> tuple[str, str, str, int]:
        return self.header.mn, self.header.cn, self.header.st, self.header.parts

    def text(self) -> str:
        """The waiting parts as one data area."""
        area = ""
        for part, text in sorted(self.texts.items(), key=lambda found: found[0]):
            if text is None:
                continue
            after_gap = part > 1 and part - 1 not in self.texts
            if after_gap and not text.startswith((";", ",", "DataTime=")):
                area += f";{_GAP}{text}"
            elif self.texts.get(part - 1) is None:
                area += f";{text}"
            else:
                area = join(area, text)
            if part < self.header.parts and part + 1 not in self.texts and not ends_whole(area):
                area += _GAP
        return area.removeprefix(";")


class Assembler:
    """The waiting parts of one source of messages, bounded in number, characters and age.

    Args:
        max_groups: messages under way.
        max_characters: waiting text in all.
        max_age_s: how long a message waits for its parts.
    """

    def __init__(self, max_groups: int = 128, max_characters: int = 1_048_576, max_age_s: float = 60.0) -> None:
        self._max_groups, self._max_characters = max_groups, max_characters
        self._max_age_us = int(max_age_s * 1_000_000)
        self._groups: list[PartGroup] = []  # oldest first
        self._characters = 0

    def __len__(self) -> int:
        """Messages under way."""
        return len(self._groups)

    def holds(self, source: object) -> bool:
        """Whether a part that came with ``source`` waits."""
        return any(source in group.sources for group in self._groups)

    def add(self, header: Hj212Header, text: str | None, data_time: str, now_us: int, source: object) -> PartGroup:
        """Put a part into its group; the caller asks ``take_whole`` next.

        Args:
            text: the part's data area; None where it stood alone.
            data_time: the part's DataTime, empty where it has none.
        """
        group = self._find(header, text, data_time)
        if group is None:
            group = PartGroup(header, now_us)
            self._groups.append(group)
        if header.part not in group.texts:
            group.texts[header.part] = text
            self._characters += len(text or "")
        group.qns.add(header.qn)
        group.data_time = group.data_time or data_time
        if text is not None:
            group.sources.append(source)
        return group

    def take_whole(self, group: PartGroup) -> bool:
        """Remove ``group`` if all its parts have come."""
        if group.whole:
            self._close(group)
        return group.whole

    def take_expired(self, now_us: int) -> Iterator[PartGroup]:
        """Remove the groups that waited too long, and the oldest while there are too many."""
        while self._groups:
            oldest = self._groups[0]
            crowded = len(self._groups) > self._max_groups or self._characters > self._max_characters
            if not crowded and now_us - oldest.born_us < self._max_age_us:
                return
            self._close(oldest)
            yield oldest

    def take_all(self) -> Iterator[PartGroup]:
        """Remove every group."""
        while self._groups:
            oldest = self._groups[0]
            self._close(oldest)
            yield oldest

    def _find(self, header: Hj212Header, text: str | None, data_time: str) -> PartGroup | None:
        return next((group for group in self._groups if group.takes(header, text, data_time)), None)

    def _close(self, group: PartGroup) -> None:
        self._groups.remove(group)
        self._characters -= group.size
