"""What to do, and until when: the earliest first. Pure."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum

from alerts.digest.facts import Facts, MonthWindow


class Task(StrEnum):
    """In the order in which tasks of the same time are told."""

    DECLARE_MARKS = "declare_marks"
    DECLARE_LATE_MARKS = "declare_late_marks"
    SEND_MISSING = "send_missing"
    SEND_REJECTED = "send_rejected"
    SUPPORT_MARKS = "support_marks"
    EXPLAIN_STEPS = "explain_steps"
    ANSWER_ALERTS = "answer_alerts"


@dataclass(frozen=True, slots=True)
class ToDo:
    """A task, how much of it there is, and until when; None: as soon as possible.

    Attributes:
        month: first day of the month whose window it is.
    """

    task: Task
    count: int
    before: dt.datetime | None
    month: dt.date | None = None


def to_do(facts: Facts) -> list[ToDo]:
    """What can still be done at ``made_at``, by its time; what has none comes last."""
    last = dt.datetime.max.replace(tzinfo=dt.UTC)
    return sorted(_tasks(facts), key=lambda one: (one.before or last, list(Task).index(one.task)))


def _tasks(facts: Facts) -> Iterator[ToDo]:
    unmarked = sum(facts.unmarked_hours.values())
    in_time = facts.made_at < facts.marks_until
    if unmarked and in_time:
        yield ToDo(Task.DECLARE_MARKS, unmarked, facts.marks_until)
    for window in facts.windows:
        if facts.made_at >= window.closes_at:
            continue
        of_day = window.month == facts.day.replace(day=1)
        if unmarked and not in_time and of_day:
            yield ToDo(Task.DECLARE_LATE_MARKS, unmarked, window.closes_at, window.month)
        yield from _of_month(facts, window, of_day=of_day)
    if facts.alerts.unacknowledged:
        yield ToDo(Task.ANSWER_ALERTS, facts.alerts.unacknowledged, None)


def _of_month(facts: Facts, window: MonthWindow, *, of_day: bool) -> Iterator[ToDo]:
    rejected = sum(facts.of_day.rejected.values()) if of_day else 0
    waiting = sum(mark.state == "waiting" and _in(mark.from_ts, window, facts) for mark in facts.marks)
    steps = sum(_in(step.from_ts, window, facts) for step in facts.steps)
    counted = {
        Task.SEND_MISSING: window.missing_hours,
        Task.SEND_REJECTED: rejected,
        Task.SUPPORT_MARKS: waiting,
        Task.EXPLAIN_STEPS: steps,
    }
    for task, count in counted.items():
        if count:
            yield ToDo(task, count, window.closes_at, window.month)


def _in(at: dt.datetime, window: MonthWindow, facts: Facts) -> bool:
    """Whether something began in a window's month, in the zone of ``made_at``."""
    return at.astimezone(facts.made_at.tzinfo).date().replace(day=1) == window.month
