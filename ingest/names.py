"""What a point is called in the languages that do not use its code."""

from __future__ import annotations

from typing import NamedTuple

from schemas.hj212 import Hj212Value, Statistic

_MAIN = {
    Statistic.REAL_TIME: "Rtd",
    Statistic.STATE: "RS",
    Statistic.RUN_TIME: "RT",
    Statistic.MINUTE: "Avg",
    Statistic.HOUR: "Avg",
    Statistic.DAY: "Avg",
}
_AT_AN_INSTANT = frozenset({Statistic.REAL_TIME, Statistic.STATE})
_OTHER_UNIT = frozenset({"Cou", "ZsCou", "RT", "RS"})  # amounts, hours and states beside a level


class Hj212Name(NamedTuple):
    """A series of a logger; ``part`` is empty for the live value, else what its code adds: ``1h``, ``1h:zs:max``."""

    mn: str
    code: str
    part: str = ""
    interval_s: int = 0
    same_unit: bool = True


class SparkplugName(NamedTuple):
    """A metric; ``device`` is empty for the edge node's own."""

    edge: str
    device: str
    metric: str

    @property
    def paths(self) -> tuple[str, ...]:
        """What a point's ``sparkplug`` may say to mean this metric, the most exact first."""
        own = f"{self.device}/{self.metric}" if self.device else self.metric
        return f"{self.edge}/{own}", own, self.metric


class DeviceKey(NamedTuple):
    """A key of a device behind a gateway; ``shared`` where another device of the same message uses it as well."""

    device: str
    key: str
    shared: bool = False


Name = Hj212Name | SparkplugName | DeviceKey


def name_of(value: Hj212Value) -> Hj212Name:
    """The series of a value: interval, ``zs`` where converted to reference oxygen, the suffix if not the main one."""
    words = [_interval(value)] if value.statistic not in _AT_AN_INSTANT else []
    plain = value.suffix.removeprefix("Zs")
    if plain != value.suffix:
        words.append("zs")
    if plain != _MAIN[value.statistic]:
        words.append(plain.lower())
    same_unit = value.suffix not in _OTHER_UNIT
    return Hj212Name(value.mn, value.code, ":".join(words), value.interval_s, same_unit)


def _interval(value: Hj212Value) -> str:
    if value.statistic in (Statistic.DAY, Statistic.RUN_TIME):
        return "1d"
    return "1h" if value.statistic is Statistic.HOUR else f"{value.interval_s // 60}m"
