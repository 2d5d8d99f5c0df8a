"""The figures as a table, with their ratios."""

from __future__ import annotations

import sys
from typing import Any


def tell(figures: list[dict[str, Any]]) -> None:
    """Write a table to stderr; ``of`` is the ratio to COPY, or to mosquitto_sub, of the same messages.

    Processor time is told for a message and added up: on two cores no rate is above two seconds of it a second.
    """
    for per_message, rival in ((1, "mosquitto_sub"), (100, "copy")):
        rows = [f for f in figures if f["per_message"] == per_message]
        base = next((f["readings_per_s"] for f in rows if f["run"] == rival), None)
        if rows:
            sys.stderr.write(
                f"\n{per_message} readings a message{'':<8} readings/s  of {rival}  CPU us a message; peak MiB; ms\n"
            )
        for f in rows:
            ratio = f"{f['readings_per_s'] / base:.2f}" if base else "-"
            cpu = {part: round(1e6 * s / f["messages"], 1) for part, s in f["cpu_s"].items()}
            delays = {kind: f[f"{kind}_ms"] for kind in ("committed", "receipt") if f[f"{kind}_ms"]}
            sys.stderr.write(
                f"{f['run']:<26} {f['readings_per_s']:>10,}  {ratio:>6}  {sum(cpu.values()):,.1f} {cpu}"
                f" {f['peak_mib']} {delays}\n"
            )
