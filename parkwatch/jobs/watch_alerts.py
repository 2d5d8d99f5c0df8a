"""The watch's jobs: hours that end, points that fall silent, messages that are due."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from zoneinfo import ZoneInfo

from alerts.arrivals import ReadingsJudge
from alerts.deliver import deliver
from alerts.digest.send import send_digests
from alerts.dispatch import dispatch
from alerts.grains import GRAINS
from alerts.notify.bounded import Bounded
from alerts.notify.channels import Channel, LogChannel, Webhook
from alerts.periods import PeriodJudge
from alerts.remarked import judge_remarked
from alerts.watch import SilenceJudge
from parkwatch.schedule import Job
from storage.connect import Connection


def channels_of(webhooks: Mapping[str, str], apprise: Mapping[str, str]) -> dict[str, Channel]:
    """The channels by the names that rules use.

    Raises:
        InvalidInput: an address is none.
    """
    channels: dict[str, Channel] = {"log": LogChannel()}
    channels |= {f"webhook:{name}": Bounded(Webhook(url)) for name, url in webhooks.items()}
    if apprise:
        from alerts.notify.apprise_channel import AppriseChannel

        channels |= {f"apprise:{name}": Bounded(AppriseChannel(name, url)) for name, url in apprise.items()}
    return channels


def watch_jobs(timezone: ZoneInfo, channels: Mapping[str, Channel]) -> list[Job]:
    """The jobs of the watch; each channel is a job of its own, so that a slow one delays no other.

    Args:
        channels: by the name that rules use.
    """
    judges, silence = [PeriodJudge(grain, timezone) for grain in GRAINS.values()], SilenceJudge(timezone)
    remarked = ReadingsJudge(timezone)

    def judge_ended_periods(connection: Connection, _timezone: ZoneInfo, now: dt.datetime) -> str:
        judged = sum(judge.judge_ended(connection, now) for judge in judges)
        return f"{judged} periods judged" if judged else ""

    def watch_missing(connection: Connection, _timezone: ZoneInfo, now: dt.datetime) -> str:
        changed = silence.watch_missing(connection, now)
        return f"{changed} states changed" if changed else ""

    def judge_marks(connection: Connection, _timezone: ZoneInfo, now: dt.datetime) -> str:
        judged = judge_remarked(connection, remarked, now)
        return f"{judged} stretches judged again for their marks" if judged else ""

    def group_notices(connection: Connection, _timezone: ZoneInfo, now: dt.datetime) -> str:
        written = dispatch(connection, now, timezone)
        return f"{written} messages written" if written else ""

    def tell_digests(connection: Connection, _timezone: ZoneInfo, now: dt.datetime) -> str:
        written = send_digests(connection, now, timezone)
        return f"{written} digests written" if written else ""

    return [
        Job("judge_marks", 2.0, judge_marks),
        Job("judge_ended_periods", 10.0, judge_ended_periods),
        Job("watch_missing", 30.0, watch_missing),
        Job("dispatch", 1.0, group_notices),
        Job("digest", 60.0, tell_digests),
        *(_delivery(name, channel) for name, channel in channels.items()),
    ]


def _delivery(name: str, channel: Channel) -> Job:
    def run(connection: Connection, _timezone: ZoneInfo, now: dt.datetime) -> str:
        sent = deliver(connection, name, channel, now)
        return f"{sent} messages sent" if sent else ""

    return Job(f"deliver {name}", 1.0, run, alone=True)
