"""One value against one limit: the verdict, with its reason. Pure."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from enum import StrEnum
from zoneinfo import ZoneInfo

from schemas.flags import Flag
from schemas.rules import ActiveHours


class Verdict(StrEnum):
    """The first three are judgements; every other word says why there is none."""

    EXCEEDS = "exceeds"
    HOLDS = "holds"  # not over the limit, not yet back behind the clear condition
    CLEARS = "clears"
    FLAGGED = "flagged"
    IMPLAUSIBLE = "implausible"
    INVALID_PERIOD = "invalid_period"
    NO_DATA = "no_data"
    OTHER_BASIS = "other_basis"
    OTHER_UNIT = "other_unit"
    NO_BASIS = "no_reported_basis"
    NO_MOLAR_MASS = "no_molar_mass"
    NO_REFERENCE_OXYGEN = "no_reference_oxygen"
    NO_MOISTURE = "no_moisture_point"
    NO_TEMPERATURE = "no_temperature_point"
    NO_STATIC_PRESSURE = "no_static_pressure_point"
    NO_ATMOSPHERIC_PRESSURE = "no_atmospheric_pressure_point"
    NO_OXYGEN = "no_oxygen_point"
    NO_FLOW = "no_flow_point"
    OXYGEN_WITHOUT_BASIS = "no_basis_of_oxygen"
    FLOW_WITHOUT_BASIS = "no_basis_of_flow"
    NOT_YET_VALID = "not_yet_valid"
    NO_LONGER_VALID = "no_longer_valid"
    SUPERSEDED = "superseded"  # a permit's limit holds at this point
    OUTSIDE_HOURS = "outside_hours"
    NO_PREDECESSOR = "no_predecessor"  # no valid reading just before
    PERIOD_TOO_YOUNG = "period_too_young"  # less of it has passed than ``for`` asks
    NO_CONSUMPTION = "no_consumption"
    NOT_COMPUTED = "not_computed"
    UNCERTAIN = "uncertain"  # beyond the limit, and what is missing could bring it back
    NO_ACCOUNTS = "no_accounts"  # no such scope with meters, or no such accounting rule

    @property
    def judged(self) -> bool:
        return self in (Verdict.EXCEEDS, Verdict.HOLDS, Verdict.CLEARS)


@dataclass(frozen=True, slots=True)
class Limits:
    """In the point's unit. ``sign`` is 1 for an upper limit, -1 for a lower one."""

    limit: float
    clear: float
    sign: int = 1
    plausible_low: float = float("-inf")
    plausible_high: float = float("inf")
    valid_from_us: int | None = None
    valid_to_us: int | None = None
    superseded: tuple[tuple[int | None, int | None], ...] = ()  # when another limit takes this one's place
    active: ActiveHours | None = None


def judge_reading(ts_us: int, value: float, flag: str, limits: Limits, timezone: ZoneInfo) -> Verdict:
    """A single reading. Limits are strict: a value equal to the limit does not exceed it."""
    return unusable(value, flag, limits) or judge_value(ts_us, value, limits, timezone)


def unusable(value: float, flag: str, limits: Limits) -> Verdict | None:
    """Why a reading cannot be judged by itself; None where it can."""
    if flag != Flag.NORMAL:
        return Verdict.FLAGGED
    return None if limits.plausible_low <= value <= limits.plausible_high else Verdict.IMPLAUSIBLE


def judge_flat(ts_us: int, value: float, before: float | None, limits: Limits, timezone: ZoneInfo) -> Verdict:
    """A valid reading after the one before it: a value that repeats exactly *exceeds*, any change clears."""
    if before is None:
        return Verdict.NO_PREDECESSOR
    reason = _out_of_time(ts_us, limits, timezone)
    if reason is not None:
        return reason
    return Verdict.EXCEEDS if value == before else Verdict.CLEARS


def judge_suspect(ts_us: int, value: float, flag: str, limits: Limits, timezone: ZoneInfo) -> Verdict:
    """Whether a reading that cannot be judged speaks of a possible exceedance.

    An over-range value (T) is at least what it shows; an implausibly high one counts where it is over the limit.
    """
    over = flag == Flag.OVER_RANGE or (flag == Flag.NORMAL and value > max(limits.plausible_high, limits.limit))
    if over:
        return _out_of_time(ts_us, limits, timezone) or Verdict.EXCEEDS
    if flag != Flag.NORMAL:
        return Verdict.FLAGGED
    return Verdict.CLEARS if limits.plausible_low <= value <= limits.plausible_high else Verdict.IMPLAUSIBLE


def judge_mean(ts_us: int, mean: float | None, n: int, valid: bool, limits: Limits, timezone: ZoneInfo) -> Verdict:
    """The mean of an averaging period that has ended; ``ts_us`` is its end."""
    if n == 0:
        return Verdict.NO_DATA
    if not valid or mean is None:
        return Verdict.INVALID_PERIOD
    return judge_value(ts_us, mean, limits, timezone)


def judge_value(ts_us: int, value: float, limits: Limits, timezone: ZoneInfo) -> Verdict:
    """A value that may be judged."""
    reason = _out_of_time(ts_us, limits, timezone)
    if reason is not None:
        return reason
    if value * limits.sign > limits.limit * limits.sign:
        return Verdict.EXCEEDS
    return Verdict.CLEARS if value * limits.sign <= limits.clear * limits.sign else Verdict.HOLDS


def _out_of_time(ts_us: int, limits: Limits, timezone: ZoneInfo) -> Verdict | None:
    if limits.valid_from_us is not None and ts_us < limits.valid_from_us:
        return Verdict.NOT_YET_VALID
    if limits.valid_to_us is not None and ts_us >= limits.valid_to_us:
        return Verdict.NO_LONGER_VALID
    if any((f is None or f <= ts_us) and (t is None or ts_us < t) for f, t in limits.superseded):
        return Verdict.SUPERSEDED
    if limits.active is not None and not _is_active(ts_us, limits.active, timezone):
        return Verdict.OUTSIDE_HOURS
    return None


def _is_active(ts_us: int, hours: ActiveHours, timezone: ZoneInfo) -> bool:
    local = dt.datetime.fromtimestamp(ts_us / 1_000_000, timezone)
    minute = local.hour * 60 + local.minute
    if hours.start_minute < hours.end_minute:
        return hours.start_minute <= minute < hours.end_minute
    return minute >= hours.start_minute or minute < hours.end_minute
