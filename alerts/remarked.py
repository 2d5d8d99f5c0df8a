"""Readings whose marks have changed, judged again by the rules on readings; hours follow from their facts."""

from __future__ import annotations

import datetime as dt

import numpy as np

from alerts.arrivals import ReadingsJudge
from schemas.metering import HOUR_US, PointWindow
from storage.alerts import STREAMING_LOCK, lock_watched
from storage.connect import Connection
from storage.facts import read_terms, us
from storage.marks import Remarked, claim_remarked
from storage.window_readings import read_windows

_AT_ONCE = 20  # stretches of one transaction
_SPAN_US = 24 * HOUR_US  # readings of a point that are judged at once


def judge_remarked(connection: Connection, judge: ReadingsJudge, now: dt.datetime) -> int:
    """Judge a batch of stretches again, in one transaction; how many."""
    with connection.transaction():
        stretches = claim_remarked(connection, _AT_ONCE)
        lock_watched(connection, STREAMING_LOCK, {stretch.enterprise_id for stretch in stretches})
        for stretch in stretches:
            _judge(connection, judge, stretch, now)
    return len(stretches)


def _judge(connection: Connection, judge: ReadingsJudge, stretch: Remarked, now: dt.datetime) -> None:
    """One stretch, a day at a time; readings after ``now`` are judged when they come."""
    terms = read_terms(connection, [stretch.point_id]).get(stretch.point_id)
    start_us, end_us = us(stretch.from_ts), min(us(stretch.to_ts), us(now) + HOUR_US)
    while terms is not None and start_us < end_us:
        until_us = min(start_us + _SPAN_US, end_us)
        block, _ = read_windows(connection, [PointWindow(terms, start_us, until_us)])
        inside = (block.ts_us >= start_us) & (block.ts_us < until_us)
        judge(connection, block.take(np.flatnonzero(inside)), now)
        start_us = until_us
