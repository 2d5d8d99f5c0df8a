"""Runs a benchmark by its name: ``./dev bench NAME [options]``."""

from __future__ import annotations

import sys
from importlib import import_module

BENCHMARKS = {
    "decoders": "readings a second of each decoder, on one core",
    "fuzz": "coverage-guided fuzzing of the decoders",
}


def main(arguments: list[str]) -> int:
    """Run the benchmark that the first argument names with the rest; its module is named like it."""
    if not arguments or arguments[0] not in BENCHMARKS:
        print("usage: ./dev bench NAME [options]", file=sys.stderr)
        for name, purpose in BENCHMARKS.items():
            print(f"  {name:<10} {purpose}", file=sys.stderr)
        return 2
    name, *options = arguments
    run = import_module(f"benchmarks.{name}").main
    return int(run(options) or 0)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
