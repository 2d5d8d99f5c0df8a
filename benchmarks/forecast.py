"""Back-test of the forecast that targets show: ``./dev bench forecast [--years N]``.

Bundled data: green power and consumption of the simulated park by month, the same numbers every time. Where
PARKWATCH_REAL_DATA names a folder with ``uci_steel_energy.csv``, the steel plant's months are tested as well.
Each series is forecast from every earlier month with what was known then; errors are held against those of the last
value carried forward, and the interval against how often it held the truth.
"""

from __future__ import annotations

import csv
import datetime as dt
import os
from collections import defaultdict
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from accounting.forecast import LEAST_MONTHS, LEVEL, forecast_months
from simulators.plants import PLANTS
from simulators.power import SIGNALS, power_of
from simulators.registry import DEFAULT_SEED

AHEAD = (1, 3, 6, 12)
FIRST = dt.date(2023, 1, 1)
_STEEL = "uci_steel_energy.csv"


def main(options: list[str]) -> int:
    """Print a line for each series and distance."""
    years = int(options[options.index("--years") + 1]) if "--years" in options else 4
    share, consumption = simulated_months(years)
    print(f"simulated park, {len(share)} months from {FIRST:%Y-%m}, seed {DEFAULT_SEED}")
    report("  physical share", share, scale=100, unit="points", most=1.0)
    report("  consumption", consumption, scale=1e-6, unit="GWh")
    steel = steel_months()
    if steel is None:
        print(f"real data: set PARKWATCH_REAL_DATA to a folder with {_STEEL}")
    else:
        print(f"real steel plant, {len(steel)} months")
        report("  consumption", steel, scale=1e-3, unit="MWh", ahead=(1, 2, 3))
    return 0


def report(
    name: str,
    series: Sequence[float],
    *,
    scale: float,
    unit: str,
    most: float = float("inf"),
    ahead: Sequence[int] = AHEAD,
) -> None:
    """Mean absolute errors and how often the interval held, by months ahead."""
    for months in ahead:
        errors, naive, held = back_test(series, months, most)
        if errors:
            print(
                f"{name}, {months} months ahead: mean absolute error {np.mean(errors) * scale:.3f} {unit} "
                f"(last value {np.mean(naive) * scale:.3f}), {LEVEL:.0%} interval held {np.mean(held):.0%} "
                f"of {len(held)}"
            )


def back_test(series: Sequence[float], months: int, most: float) -> tuple[list[float], list[float], list[bool]]:
    """Absolute errors of the forecast and of the last value, and whether the interval held, from every origin."""
    errors, naive, held = [], [], []
    for origin in range(LEAST_MONTHS, len(series) - months + 1):
        outlook = forecast_months(series[:origin], months, least=0.0, most=most)
        assert outlook is not None
        truth = series[origin + months - 1]
        errors.append(abs(truth - outlook.values[-1]))
        naive.append(abs(truth - series[origin - 1]))
        held.append(outlook.low[-1] <= truth <= outlook.high[-1])
    return errors, naive, held


def simulated_months(years: int) -> tuple[list[float], list[float]]:
    """Physical share and consumption, kWh, of the simulated park by month; minutes thinned to every tenth."""
    green: dict[tuple[int, int], float] = defaultdict(float)
    used: dict[tuple[int, int], float] = defaultdict(float)
    row = {name: SIGNALS.index(name) for name in SIGNALS}
    for day in range(FIRST.toordinal(), FIRST.replace(year=FIRST.year + years).toordinal()):
        date = dt.date.fromordinal(day)
        for plant in PLANTS:
            power = power_of(plant, DEFAULT_SEED, day)[:, ::10]
            own = power[row["roof"]] + power[row["field"]] + power[row["wind"]]
            site = own + power[row["waste_heat"]]
            kept = own * (1 - power[row["export"]] / np.maximum(site, 1e-9)).clip(0, 1)
            green[date.year, date.month] += float((power[row["direct"]] + kept).sum()) / 6
            used[date.year, date.month] += float(power[row["load"]].sum()) / 6
    return [green[month] / used[month] for month in sorted(used)], [used[month] for month in sorted(used)]


def steel_months() -> list[float] | None:
    """kWh of the steel plant by month; the stamp is the end of the interval, a day's 0:00 row ends that day."""
    path = Path(os.environ.get("PARKWATCH_REAL_DATA", "../shared/data")) / _STEEL
    if not path.exists():
        return None
    months: dict[int, float] = defaultdict(float)
    with path.open(encoding="utf-8-sig", newline="") as file:
        for line in csv.DictReader(file):
            months[int(line["date"].split(" ")[0].split("/")[1])] += float(line["Usage_kWh"])
    return [months[month] for month in sorted(months)]
