"""Facts in, digest out: the JSON of a message, with its text for people. Pure."""

from __future__ import annotations

import datetime as dt
from dataclasses import asdict
from typing import Any

from alerts.digest.facts import Facts, Span
from alerts.digest.to_do import ToDo, to_do
from alerts.digest.words import ADVICE, task_text, text_of

Body = dict[str, Any]


def assemble(facts: Facts) -> Body:
    """The digest: ``day`` and ``month`` in numbers, what happened, ``windows``, ``to_do``, ``text``."""
    tasks = to_do(facts)
    body: Body = {
        "state": "digest",
        "severity": "info",
        "enterprise": facts.enterprise,
        "enterprise_name": facts.name,
        "date": facts.day,
        "made_at": facts.made_at,
        "quiet": is_quiet(facts, tasks),
        "unsettled_hours": facts.unsettled_hours,
        "day": _span(facts.of_day),
        "month": _span(facts.of_month),
        "gaps": asdict(facts.gaps),
        "unmarked_hours": facts.unmarked_hours,
        "marks": [asdict(mark) for mark in facts.marks],
        "rejected": _rejected(facts),
        "alerts": asdict(facts.alerts),
        "steps": {"waiting": facts.steps_waiting, "newest": [asdict(step) for step in facts.steps]},
        "restatements": [asdict(month) for month in facts.restated],
        "windows": _windows(facts),
        "to_do": [asdict(task) | {"text": task_text(task, facts.made_at)} for task in tasks],
        "text": text_of(facts, tasks, quiet=is_quiet(facts, tasks)),
    }
    plain: Body = _plain(body, facts.made_at.tzinfo)
    return plain


def is_quiet(facts: Facts, tasks: list[ToDo]) -> bool:
    """Whether everything due came and counts, nothing happened, and nothing is to be done."""
    day, hours = facts.of_day, facts.of_day.hours
    happened = (
        facts.gaps.count, facts.marks, facts.alerts.open, facts.steps_waiting, facts.restated, facts.unsettled_hours,
        any(day.rejected.values()), day.alerts_opened, tasks,
    )  # fmt: skip
    complete = hours.valid == hours.due > 0 and day.transmission.valid_hours == day.transmission.due_hours
    return complete and not any(happened)


def _span(span: Span) -> Body:
    counted = span.transmission
    return {
        "transmission_effective_rate": counted.transmission_effective_rate,
        "transmission_due_hours": counted.due_hours,
        "transmission_valid_hours": counted.valid_hours,
        "standstill_hours": counted.standstill_hours,
        "valid_rate": span.hours.valid_rate,
        "due_hours": span.hours.due,
        "heard_hours": span.hours.heard,
        "valid_hours": span.hours.valid,
        "rejected": sum(span.rejected.values()),
        "alerts_opened": span.alerts_opened,
        "exceedances_opened": span.exceedances_opened,
    }


def _rejected(facts: Facts) -> list[Body]:
    """By reason, the most of the day first, with what to do."""
    day, month = facts.of_day.rejected, facts.of_month.rejected
    reasons = sorted({*day, *month}, key=lambda reason: (-day.get(reason, 0), -month.get(reason, 0), reason))
    return [
        {"reason": r, "day": day.get(r, 0), "month": month.get(r, 0), "what_to_do": ADVICE.get(r, "")} for r in reasons
    ]


def _windows(facts: Facts) -> list[Body]:
    days: Body = {"what": "marks", "of": facts.day, "closes_at": facts.marks_until}
    months = [{"what": "month", "of": f"{w.month:%Y-%m}", "closes_at": w.closes_at} for w in facts.windows]
    return [window | {"open": facts.made_at < window["closes_at"]} for window in (days, *months)]


def _plain(value: Any, zone: dt.tzinfo | None) -> Any:
    """A value as JSON has it, instants with the offset of the place."""
    if isinstance(value, dict):
        return {key: _plain(part, zone) for key, part in value.items()}
    if isinstance(value, (list, tuple)):
        return [_plain(part, zone) for part in value]
    if isinstance(value, dt.datetime):
        return value.astimezone(zone).isoformat(timespec="seconds")
    return value.isoformat() if isinstance(value, dt.date) else value
