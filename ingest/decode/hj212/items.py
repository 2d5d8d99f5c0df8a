"""The data area: ``;`` between items, ``,`` within one, each a ``code-Suffix=value`` or a plain ``key=value``.

Devices mix the two separators, so both split, and what belongs together is told by the code alone.
"""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass, field

from schemas.hj212 import Tolerance

VALUE_SUFFIXES = frozenset(
    {"Rtd", "Min", "Avg", "Max", "Cou", "ZsRtd", "ZsMin", "ZsAvg", "ZsMax", "ZsCou"}
    | {"Data", "DayData", "NightData", "RS", "RT"}
)
TEXT_SUFFIXES = frozenset({"Info", "SN", "EFlag", "SampleTime"})
PARAMETERS = frozenset(
    {"DataTime", "BeginTime", "EndTime", "RestartTime", "SystemTime", "PolId", "QN", "CN", "QnRtn", "ExeRtn"}
    | {"RtdInterval", "MinInterval", "OverTime", "ReCount", "NewPW", "InfoId", "VaseNo", "CstartTime", "Ctime", "Stime"}
)
_CODE = re.compile(r"[0-9A-Za-z_]{1,32}")
_WHOLE_TOKEN = re.compile(r"\s*[0-9A-Za-z_]+(-[0-9A-Za-z]+)?=")


@dataclass(slots=True)
class Item:
    """What a data area says of one code.

    Attributes:
        values: text by suffix, as sent.
        conflicts: suffixes given twice with different texts; ``Flag`` among them.
        flag: as sent; None where the item has none.
    """

    code: str
    values: dict[str, str] = field(default_factory=dict)
    conflicts: set[str] = field(default_factory=set)
    flag: str | None = None


@dataclass(slots=True)
class DataArea:
    """The items and parameters of a data area; ``garbage`` is what is neither."""

    items: dict[str, Item] = field(default_factory=dict)
    parameters: dict[str, str] = field(default_factory=dict)
    conflicts: set[str] = field(default_factory=set)
    garbage: list[str] = field(default_factory=list)
    has_bare_flag: bool = False


def read_items(text: str, tolerated: Counter[Tolerance]) -> DataArea:
    """The data area ``text`` (without its ``&&``) taken apart; reads to the end whatever it meets."""
    area = DataArea()
    closed: set[str] = set()  # codes of earlier ;-groups
    unflagged: list[Item] = []  # items since the last bare Flag that have no own
    if not text:
        return area
    for group in text.split(";"):
        seen: list[str] = []
        for token in group.split(","):
            _read_token(token, area, seen, unflagged, tolerated)
        if not closed.isdisjoint(seen):
            tolerated[Tolerance.ITEM_IN_PIECES] += 1
        if len(set(seen)) > 1:
            tolerated[Tolerance.COMMA_BETWEEN_ITEMS] += 1
        closed.update(seen)
    return area


def _read_token(
    token: str, area: DataArea, seen: list[str], unflagged: list[Item], tolerated: Counter[Tolerance]
) -> None:
    key, equals, value = token.partition("=")
    if key != key.strip() or value != value.strip():
        tolerated[Tolerance.BLANKS] += 1
        key, value = key.strip(), value.strip()
    code, dash, suffix = key.rpartition("-")
    if not equals:
        _no_pair(key, area, tolerated)
    elif dash:
        _read_pair(code, suffix, value, area, unflagged, tolerated)
        seen.append(code)
    elif key == "Flag":
        _bare_flag(value, area, unflagged, tolerated)
    else:
        _read_parameter(key, value, area, tolerated)


def _no_pair(token: str, area: DataArea, tolerated: Counter[Tolerance]) -> None:
    if token:
        area.garbage.append(token)
    else:
        tolerated[Tolerance.EMPTY_ITEM] += 1


def _read_pair(
    code: str, suffix: str, value: str, area: DataArea, unflagged: list[Item], tolerated: Counter[Tolerance]
) -> None:
    item = area.items.get(code)
    if item is None:
        if not _CODE.fullmatch(code):
            area.garbage.append(f"{code}-{suffix}={value}")
            return
        item = area.items[code] = Item(code)
        unflagged.append(item)
    if suffix == "Flag":
        _read_flag(item, value, tolerated)
    elif suffix in VALUE_SUFFIXES:
        if suffix not in item.values:
            if item.flag is not None and not item.values:
                tolerated[Tolerance.FLAG_BEFORE_VALUE] += 1
            item.values[suffix] = value
        elif item.values[suffix] == value:
            tolerated[Tolerance.DUPLICATE_KEY] += 1
        else:
            item.conflicts.add(suffix)
    elif suffix not in TEXT_SUFFIXES:
        tolerated[Tolerance.EXTRA_SUFFIX] += 1


def _read_flag(item: Item, value: str, tolerated: Counter[Tolerance]) -> None:
    if item.flag is None:
        item.flag = value
    elif item.flag == value:
        tolerated[Tolerance.DUPLICATE_KEY] += 1
    else:
        item.conflicts.add("Flag")


def _bare_flag(value: str, area: DataArea, unflagged: list[Item], tolerated: Counter[Tolerance]) -> None:
    """``Flag=X`` without a code speaks for the items before it that have no flag of their own."""
    tolerated[Tolerance.FLAG_BARE] += 1
    area.has_bare_flag = True
    for item in unflagged:
        if item.flag is None:
            item.flag = value
    unflagged.clear()


def _read_parameter(key: str, value: str, area: DataArea, tolerated: Counter[Tolerance]) -> None:
    if key not in PARAMETERS:
        tolerated[Tolerance.UNKNOWN_PARAMETER] += 1
    if area.parameters.setdefault(key, value) != value:
        area.conflicts.add(key)


def stands_alone(area: DataArea, text: str, *, last: bool) -> bool:
    """Whether nothing that another part of the message could say would change a number of this part.

    Args:
        last: no part follows.
    """
    if area.garbage or area.has_bare_flag:
        return False
    if "DataTime" not in area.parameters or not PARAMETERS.issuperset(area.parameters):
        return False
    if any(bool(item.values) != bool(item.flag) for item in area.items.values()):
        return False
    return last or ends_whole(text)


def ends_whole(text: str) -> bool:
    """Whether the last token of ``text`` cannot go on in another part."""
    end = text.rstrip()
    if not end or end[-1] in ";,":
        return True
    key, _, value = end[max(end.rfind(";"), end.rfind(",")) + 1 :].partition("=")
    return key.endswith("Flag") and bool(value.strip())


def join(left: str, right: str) -> str:
    """Two neighbouring parts of a data area as one, split between items or in the middle of a token."""
    last = left[max(left.rfind(";"), left.rfind(",")) + 1 :]
    whole = not last.strip() or ("=" in last and _WHOLE_TOKEN.match(right))
    return f"{left};{right}" if last.strip() and whole else left + right
