"""Instants as people type them."""

from __future__ import annotations

import datetime as dt
from zoneinfo import ZoneInfo

import click

MOMENT = click.DateTime(["%Y-%m-%d", "%Y-%m-%dT%H:%M", "%Y-%m-%dT%H:%M:%S%z"])


def aware(moment: dt.datetime, timezone: str) -> dt.datetime:
    """The instant; one without an offset is local."""
    return moment if moment.tzinfo else moment.replace(tzinfo=ZoneInfo(timezone))
