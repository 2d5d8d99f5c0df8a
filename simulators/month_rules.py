"""Rules for a simulated month of the demo park: every statistic on points, and every way a limit can hold."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from simulators.registry import demo_rules

_STACK = {"quantity": "a24088", "role": "stack"}
_FENCE = {"quantity": "a24088", "role": "fence"}
_BENZENE = {"quantity": "a25002", "role": "stack"}


def month_rules(permit_from: datetime) -> list[dict[str, Any]]:
    """The demo park's rules and others.

    Args:
        permit_from: when a permit takes the place of a standard; while the month runs.
    """
    mass = {"unit": "mg/m3", "clause": "-", "verified": True}
    judged = mass | {"kind": "exceedance", "basis": "std_dry"}
    reference = {"basis": "ref_o2", "reference_o2": 3, "max_amplification": 5}
    narrow = {"point": "ENT03/V01", "above": 55, "clear_below": 45}
    return [
        *demo_rules(),
        _rule("nmhc-high", _STACK, "reading", above=60, clear_for="10min", overrides=[narrow], **_for("15min"), **mass),
        _rule("nmhc-ten", _STACK, "mean_10m", above=70, clear_below=60, **mass),
        _rule("nmhc-ten-long", _STACK, "mean_10m", above=50, **_for("30min"), **mass),
        _rule("nmhc-day", _STACK, "mean_1d", above=32, **judged),
        _rule("nmhc-reference", _STACK, "mean_1h", above=150, **judged | reference),
        _rule("nmhc-rate", _STACK, "mean_1h", above=2, **judged | {"unit": "kg/h"}),
        _rule("nmhc-started", _STACK, "mean_1h", above=60, exempt=["start_up"], authority="own", **judged),
        _rule("nmhc-rise", _STACK, "rate", above=35, unit="mg/m3"),
        _rule("nmhc-fall", _STACK, "rate", below=-35, unit="mg/m3"),
        _rule("nmhc-frozen", _STACK, "flat", **_for("20min")),
        _rule("fence-frozen", _FENCE, "flat", **_for("20min")),
        _rule("fence-night", _FENCE, "reading", above=3, clear_below=2.5, active="22:00-06:00", **mass),
        _rule("benzene-standard", _BENZENE, "mean_1h", above=3, authority="standard", **judged),
        _rule(
            "benzene-permit",
            _BENZENE,
            "mean_1h",
            above=5,
            authority="permit",
            valid_from=permit_from.isoformat(),
            **judged,
        ),
    ]


def _rule(code: str, points: dict[str, str], statistic: str, **more: Any) -> dict[str, Any]:
    return {"code": code, "kind": "warning", "points": points, "statistic": statistic} | more


def _for(time: str) -> dict[str, str]:
    return {"for": time}
