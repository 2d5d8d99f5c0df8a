"""What judges do in the transaction that brings their cause: readings, or the facts of hours."""

from __future__ import annotations

import datetime as dt
from zoneinfo import ZoneInfo

from alerts.converted import Converter
from alerts.grains import DAY, HOUR, TEN_MINUTES
from alerts.periods import PeriodJudge
from alerts.streaming import StreamingJudge
from schemas.blocks import ReadingBlock
from schemas.metering import HourlyFacts, PointWindow
from storage.connect import Connection
from storage.converted_hours import ConvertedHour


class ReadingsJudge:
    """Called by the writer of readings; see ``schemas.batches.Judge``."""

    def __init__(self, timezone: ZoneInfo) -> None:
        self._streaming = StreamingJudge(timezone)
        self._ten_minutes = PeriodJudge(TEN_MINUTES, timezone)

    def __call__(self, connection: Connection, block: ReadingBlock, now: dt.datetime) -> None:
        """Judge readings that were stored or corrected, and the ended ten minutes that they belong to."""
        self._streaming(connection, block, now)
        self._ten_minutes.judge(connection, block.point_id, block.ts_us, now)


class FactsJudge:
    """Called by whoever writes hourly facts."""

    def __init__(self, timezone: ZoneInfo) -> None:
        self._hours, self._days = PeriodJudge(HOUR, timezone), PeriodJudge(DAY, timezone)
        self._converter = Converter()

    def convert(self, connection: Connection, windows: list[PointWindow]) -> list[ConvertedHour]:
        """Make the hours on the terms of rules that hang on these windows; before any other lock of the judge."""
        return self._converter.convert(connection, windows)

    def judge_converted(self, connection: Connection, changed: list[ConvertedHour], now: dt.datetime) -> None:
        """Judge converted hours that changed, and the ended days that they belong to."""
        for judge in (self._hours, self._days) if changed else ():
            judge.judge_converted(connection, changed, now)

    def __call__(self, connection: Connection, facts: HourlyFacts, now: dt.datetime) -> None:
        """Judge the hours whose facts changed, and the ended days that they belong to."""
        self._hours.judge_facts(connection, facts, now)
        self._days.judge_facts(connection, facts, now)
