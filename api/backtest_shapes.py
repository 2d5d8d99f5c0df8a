"""The shape of a back-test."""

from __future__ import annotations

import datetime as dt
from typing import Annotated, Literal

from pydantic import BaseModel, Field


class BacktestPoint(BaseModel):
    """``refused`` says why the rule can never judge this point; ``first`` and ``last`` are what there was to judge."""

    point: str
    refused: str | None
    observations: int
    first: dt.datetime | None
    last: dt.datetime | None
    episodes: int
    seconds: float


class BacktestEpisode(BaseModel):
    """``value`` is the worst in ``unit``; ``resolved_at`` is null where it was still on at the end."""

    point: str
    opened_at: dt.datetime
    resolved_at: dt.datetime | None
    seconds: float
    value: float
    unit: str


class BacktestBeside(BaseModel):
    """A rule in force at the same points, statistic and side."""

    rule: str
    limit: float | None
    relation: Literal["same_code", "replaced", "goes_before", "beside"]
    points: int
    episodes: int
    seconds: float
    both: int
    only_candidate: int
    only_rule: int


class Backtest(BaseModel):
    """``items`` holds at most ``limit`` episodes, the longest; ``left_off`` says how many more there are."""

    rule: str
    kind: str
    statistic: str
    limit: float | None
    since: Annotated[dt.datetime, Field(alias="from")]
    to: dt.datetime
    points: list[BacktestPoint]
    observations: int
    not_judged: dict[str, int]
    episodes: int
    seconds: float
    longest_s: float
    items: list[BacktestEpisode]
    left_off: int
    beside: list[BacktestBeside]
