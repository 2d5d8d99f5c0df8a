"""The green-power share: terms, cap, shares and their bounds (docs/reference/accounting.md).

An enterprise and period have ``E`` consumption, ``D`` direct line, ``S`` self-generated and self-used, ``T`` green
trades and ``C`` certificates. A rule says which of them its policy share counts; what is counted beyond ``E`` is cut
from C, then T (then S, then D), and shown as excess. Parks, industries and the city are sums of capped enterprises.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from accounting import energy_balance as balance
from accounting.energy_balance import INDEX, Floats, consumption, self_used
from accounting.periods import Grain
from schemas.accounts import AccountingRule

DIRECT_LINE, SELF_USED, GREEN_TRADE, CERTIFICATE = "direct_line", "self_used", "green_trade", "certificate"
PHYSICAL = frozenset({DIRECT_LINE, SELF_USED})


@dataclass(frozen=True, slots=True)
class Papers:
    """What instruments add, kWh by enterprise: trades, cancelled certificates, and certificates that were sold."""

    trade: Floats
    certificate: Floats
    sold: Floats

    @classmethod
    def none(cls, enterprises: int) -> Papers:
        return cls(np.zeros(enterprises), np.zeros(enterprises), np.zeros(enterprises))


@dataclass(frozen=True, slots=True)
class Accounts:
    """Capped accounts, one row an enterprise (or a group of them), kWh. All of it adds up.

    ``low`` and ``high`` are the ends of counted green (index 0) and of the rest of consumption (index 1).
    """

    consumption: Floats
    direct_line: Floats
    self_used: Floats
    green_trade: Floats
    certificate: Floats
    counted: Floats
    excess: Floats
    matched: Floats
    volume: Floats
    hours_due: Floats
    hours_complete: Floats
    gap_steps: Floats
    low: tuple[Floats, Floats]
    high: tuple[Floats, Floats]

    def grouped(self, group: NDArray[np.intp], groups: int) -> Accounts:
        """Sums over the rows of each group, in the rows' order; rows of group -1 are left out."""

        def total(values: Floats) -> Floats:
            keep = group >= 0
            return np.bincount(group[keep], weights=values[keep], minlength=groups).astype(np.float64)

        def both(ends: tuple[Floats, Floats]) -> tuple[Floats, Floats]:
            return total(ends[0]), total(ends[1])

        plain = {name: total(getattr(self, name)) for name in self.__slots__ if name not in ("low", "high")}
        return Accounts(**plain, low=both(self.low), high=both(self.high))


@dataclass(frozen=True, slots=True)
class Shares:
    """0..1, NaN where there is no answer: no consumption, or nothing due yet."""

    policy: Floats
    physical: Floats
    hourly_matched: Floats
    volume_matched: Floats
    coverage: Floats
    low: Floats
    high: Floats


def close_accounts(
    balances: Floats, level: Grain, papers: Papers, rule: AccountingRule, *, together: bool = False
) -> Accounts:
    """The accounts of enterprises over one period.

    Args:
        balances: ``[enterprise, term]``, see ``accounting.energy_balance``.
        level: the period's length; it decides which gaps are inside.
        together: make the bounds fit to be added up to a group's (a little wider than an enterprise's own).
    """
    terms = set(rule.body["terms"])
    used, used_low, used_high = own_use(balances, level)
    sold = papers.sold if rule.body.get("sold_leaves_self_used", True) else np.zeros_like(papers.sold)
    energy = np.maximum(consumption(balances), 0.0)
    direct = balances[:, balance.DIRECT]
    trade = papers.trade + balances[:, INDEX["hourly_trade"]]
    amounts = {
        DIRECT_LINE: np.maximum(direct, 0.0),
        SELF_USED: np.maximum(used - sold, 0.0),
        GREEN_TRADE: trade if GREEN_TRADE in terms else np.zeros_like(trade),
        CERTIFICATE: papers.certificate if CERTIFICATE in terms else np.zeros_like(trade),
    }
    capped, excess = cap(amounts, energy, terms)
    counted = sum((capped[name] for name in amounts if name in terms), np.zeros_like(energy))
    settled_hourly = np.minimum(balances[:, INDEX["hourly_trade"]], capped[GREEN_TRADE])
    low, high = _bounds(balances, level, rule, sold, (used_low, used_high), amounts, together)
    return Accounts(
        consumption=energy,
        direct_line=capped[DIRECT_LINE],
        self_used=capped[SELF_USED],
        green_trade=capped[GREEN_TRADE],
        certificate=capped[CERTIFICATE],
        counted=counted,
        excess=excess,
        matched=_matched(balances, energy, capped, settled_hourly),
        volume=np.maximum(direct + balances[:, balance.RENEWABLE] + balances[:, INDEX["hourly_trade"]], 0.0),
        hours_due=balances[:, INDEX["hours_due"]],
        hours_complete=balances[:, INDEX["hours_complete"]],
        gap_steps=balances[:, INDEX["gap_steps"]],
        low=low,
        high=high,
    )


def shares(accounts: Accounts) -> Shares:
    """The shares of closed accounts; hourly matched <= volume matched, physical <= 1, policy <= 1."""
    energy = accounts.consumption
    policy = _ratio(accounts.counted, energy)
    return Shares(
        policy=policy,
        physical=_ratio(accounts.direct_line + accounts.self_used, energy),
        hourly_matched=_ratio(accounts.matched, energy),
        volume_matched=_ratio(accounts.volume, energy),
        coverage=_ratio(accounts.hours_complete, accounts.hours_due),
        low=np.minimum(_end(*accounts.low), np.nan_to_num(policy, nan=0.0)),
        high=np.maximum(_end(*accounts.high), np.nan_to_num(policy, nan=0.0)),
    )


def cap(amounts: dict[str, Floats], energy: Floats, terms: set[str]) -> tuple[dict[str, Floats], Floats]:
    """Amounts whose counted part does not exceed consumption, and what was cut: C first, then T, S, D."""
    kept: dict[str, Floats] = {}
    room = energy
    for name in (DIRECT_LINE, SELF_USED):
        kept[name] = np.minimum(amounts[name], room)
        room = np.maximum(room - kept[name], 0.0)
    room = np.maximum(energy - sum((kept[name] for name in PHYSICAL & terms), np.zeros_like(energy)), 0.0)
    for name in (GREEN_TRADE, CERTIFICATE):
        kept[name] = np.minimum(amounts[name], room)
        room = np.maximum(room - kept[name], 0.0)
    cut = sum((amounts[name] - kept[name] for name in amounts), np.zeros_like(energy))
    return kept, np.maximum(cut, 0.0)


def own_use(balances: Floats, level: Grain) -> tuple[Floats, Floats, Floats]:
    """Self-used renewable energy: as it stands, at least, at most."""
    column = _columns(balances)
    open_renewable, open_export = column("open_renewable"), column("open_export")
    pooled = self_used(open_renewable, column("open_other_generation"), open_export)
    most_export = open_export + column(f"room_grid_export_{level.word}")
    low = np.maximum(column("open_self_used_low"), open_renewable - most_export)
    high = np.minimum(column("open_self_used_high"), open_renewable + column(f"room_renewable_{level.word}"))
    high = np.maximum(high, low)
    settled = column("self_used")
    return settled + np.clip(pooled, low, high), settled + low, settled + high


def _columns(balances: Floats) -> Callable[[str], Floats]:
    return lambda name: balances[:, INDEX[name]]


def _matched(balances: Floats, energy: Floats, capped: dict[str, Floats], settled_hourly: Floats) -> Floats:
    green = capped[DIRECT_LINE] + capped[SELF_USED] + settled_hourly
    both = np.where(settled_hourly > 0, balances[:, INDEX["matched"]], balances[:, INDEX["matched_physical"]])
    return np.minimum(np.minimum(both, green), energy)


def _bounds(
    balances: Floats,
    level: Grain,
    rule: AccountingRule,
    sold: Floats,
    used: tuple[Floats, Floats],
    amounts: dict[str, Floats],
    together: bool,
) -> tuple[tuple[Floats, Floats], tuple[Floats, Floats]]:
    """The least and the greatest share, each as (counted green, the rest).

    With G the physical green that counts, B = E - G and P the papers that count, counted green is G + min(P, B) and
    the rest max(B - P, 0); B is below 0 where metered green exceeds E. G and B move freely of each other: the share
    rises with G and falls with B.
    """
    terms = set(rule.body["terms"])
    green_low, green_high, rest_low, rest_high = _physical_bounds(balances, level, terms, sold, used)
    papers = amounts[GREEN_TRADE] + amounts[CERTIFICATE]

    def split(green: Floats, rest: Floats, rest_of_green: Floats) -> tuple[Floats, Floats]:
        return np.maximum(green + np.minimum(papers, rest_of_green), 0.0), np.maximum(rest - papers, 0.0)

    if together:
        return split(green_low, rest_high, rest_low), split(green_high, rest_low, rest_high)
    least_rest = np.maximum(rest_low, 0.0)
    some_rest = np.where(green_high + least_rest > 0, least_rest, rest_high)  # consumption can shrink to almost nothing
    return split(green_low, rest_high, rest_high), split(green_high, rest_low, some_rest)


def _physical_bounds(
    balances: Floats, level: Grain, terms: set[str], sold: Floats, used: tuple[Floats, Floats]
) -> tuple[Floats, Floats, Floats, Floats]:
    """Least and greatest G and B = E - G."""
    column = _columns(balances)
    room = {flow: column(f"room_{flow}_{level.word}") for flow in balance.BOUNDED_FLOWS}
    direct = column("direct_line")
    kept = np.maximum(used[0] - sold, 0.0), np.maximum(used[1] - sold, 0.0)
    green_low = direct * (DIRECT_LINE in terms) + kept[0] * (SELF_USED in terms)
    green_high = (direct + room["direct_line"]) * (DIRECT_LINE in terms) + kept[1] * (SELF_USED in terms)
    energy = consumption(balances)
    least = energy - room["grid_export"] - room["resale_out"]
    most = energy + room["grid_import"] + room["direct_line"] + room["renewable"] + room["other_generation"]
    rest_low, rest_high = least - green_high, most - green_low
    if terms >= PHYSICAL:
        brown_low, brown_high = _brown_bounds(balances, room)
        rest_low = np.maximum(rest_low, brown_low + used[0] - kept[0])
        rest_high = np.minimum(rest_high, brown_high + used[1] - kept[1])
    endless = column(f"unbounded_{level.word}") > 0
    green_high, rest_high = np.where(endless, np.inf, green_high), np.where(endless, np.inf, rest_high)
    return green_low, green_high, np.where(endless, -np.inf, rest_low), np.maximum(rest_high, rest_low)


def _brown_bounds(balances: Floats, room: dict[str, Floats]) -> tuple[Floats, Floats]:
    """E - D - S: grid import, less deliveries, more used thermal and waste-heat power, less export out of storage."""
    column = _columns(balances)
    most_export = column("open_export") + room["grid_export"]
    used_low = np.maximum(column("open_other_used_low"), column("open_other_generation") - most_export)
    used_high = np.minimum(column("open_other_used_high"), column("open_other_generation") + room["other_generation"])
    fixed = column("grid_import") - column("resale_out") + column("other_used") - column("overexport")
    low = fixed - room["resale_out"] + used_low - column("open_overexport_high")
    high = fixed + room["grid_import"] + np.maximum(used_high, used_low) - column("open_overexport_low")
    return low, high


def _ratio(part: Floats, whole: Floats) -> Floats:
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.where(whole > 0, np.minimum(part / whole, 1.0), np.nan)


def _end(green: Floats, rest: Floats) -> Floats:
    """An end of a share; where nothing bounds the green it is 1."""
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.where(np.isinf(green), 1.0, np.where(green > 0, green / (green + rest), 0.0))
