"""Messages that tell of one alert or of many. Pure; in Chinese, as the lines of single alerts are."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from typing import Any, Protocol

_LINES, _ALERTS = 10, 200
_FLAPPING = "(反复报警,一段时间内不再逐条通知)"


class Labelled(Protocol):
    """An alert by its id and labels."""

    @property
    def alert_id(self) -> int: ...
    @property
    def labels(self) -> Mapping[str, str]: ...


def message_of(
    payloads: Sequence[Mapping[str, Any]],
    *,
    late: bool,
    labels: Mapping[str, str],
    flapping: Collection[int] = (),
) -> dict[str, Any]:
    """A message for a group: of one alert its own payload, of several what they share, with the first in ``alerts``."""
    if len(payloads) == 1 and not late:
        only = dict(payloads[0])
        mark = _FLAPPING if only["id"] in flapping else ""
        return only | {"text": f"{only['text']}{mark}", "group": dict(labels), "alerts": [only]}
    state = "firing" if any(p["state"] == "firing" for p in payloads) else str(payloads[0]["state"])
    text = _late_text(payloads) if late else _text(payloads, state)
    return {
        "state": state,
        "severity": max((str(p["severity"]) for p in payloads), key=_SEVERITIES.index),
        "late": late,
        "group": dict(labels),
        "text": text,
        "count": len(payloads),
        "alerts": [dict(p) for p in payloads[:_ALERTS]],
    }


def escalated_text(alerts: Sequence[Labelled], after: dt.timedelta) -> dict[str, Any]:
    """A message to those who are told when nobody has taken note."""
    minutes = round(after.total_seconds() / 60)
    lines = [f"{a.labels.get('point', '')} {a.labels.get('rule', '')}" for a in alerts[:_LINES]]
    head = f"【升级】{len(alerts)} 条报警 {minutes} 分钟内无人确认"
    return {
        "state": "firing",
        "severity": "critical",
        "late": False,
        "group": {},
        "text": "\n".join([head, *lines, *_rest(len(alerts))]),
        "alerts": [{"id": a.alert_id, **a.labels} for a in alerts],
    }


_SEVERITIES = ("info", "warning", "critical")


def _text(payloads: Sequence[Mapping[str, Any]], state: str) -> str:
    firing = sum(p["state"] == "firing" for p in payloads)
    head = f"【报警】{firing} 条" if state == "firing" else "【恢复】"
    over = len(payloads) - firing
    head += f",另有 {over} 条已结束" if firing and over else f"{over} 条已结束" if over else ""
    return "\n".join([head, *(str(p["text"]) for p in payloads[:_LINES]), *_rest(len(payloads))])


def _late_text(payloads: Sequence[Mapping[str, Any]]) -> str:
    """What came long after its time, summed up in a line, and the worst of it."""
    by_rule = Counter(str(p["rule"]) for p in payloads)
    counts = ",".join(f"{rule} {n} 条" for rule, n in by_rule.most_common(5))
    firing = sum(p["state"] == "firing" for p in payloads)
    more = f",等 {len(by_rule)} 条规则" if len(by_rule) > 5 else ""
    return f"【补传数据汇总】{len(payloads)} 条往期报警({firing} 条仍未结束):{counts}{more}"


def _rest(total: int) -> list[str]:
    return [f"……等共 {total} 条"] if total > _LINES else []
