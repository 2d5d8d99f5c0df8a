"""Runs a benchmark by its name: ``./dev bench NAME [options]``."""

from __future__ import annotations

import sys
from importlib import import_module

BENCHMARKS = {
    "backlog": "live latency while a day is resent in full and nine days arrive at once",
    "alert_latency": "from publish to a stored alert and its event on the live stream, under load",
    "alert_month": "a month with every fault: the alerts against the simulator's own truth",
    "chaos": "kills of ingest, PostgreSQL and broker under load: what is lost, doubled, unanswered",
    "channels": "from publish to a webhook while other channels are well, and while they are sick",
    "city_month": "seconds to recompute a month of a city from its hourly facts",
    "demo": "the demo park with its whole history through MQTT",
    "decoders": "readings a second of each decoder, on one core",
    "forecast": "back-test of the forecast of targets",
    "fuzz": "coverage-guided fuzzing of the decoders",
    "rules": "processor time of a thousand rules over 2,000 points, by part",
    "ingest": "readings a second from MQTT into the database, beside COPY and plain consumers",
    "storage": "a city of 2,000 points: bytes a reading, every query, the promised times, on each engine",
}


def main(arguments: list[str]) -> int:
    """Run the benchmark whose name the first argument is or begins with; its module is named like it."""
    meant = [name for name in BENCHMARKS if arguments and name.startswith(arguments[0])]
    if not meant:
        print("usage: ./dev bench NAME [options]", file=sys.stderr)
        for name, purpose in BENCHMARKS.items():
            print(f"  {name:<14} {purpose}", file=sys.stderr)
        return 2
    run = import_module(f"benchmarks.{meant[0]}").main
    return int(run(arguments[1:]) or 0)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
