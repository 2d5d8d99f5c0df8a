"""Coverage-guided fuzzing: ``./dev bench fuzz [--minutes 10] [--decoder NAME]``, each decoder for so long.

A finding is an exception, an input that takes longer than five seconds, or a broken promise: a value that is not
finite, a flag that is none, an HJ 212 reading from bytes without one frame whose length and check value are right.
Needs atheris, which has wheels for Linux only and is therefore not in the lock.
"""

from __future__ import annotations

import argparse
import re
import subprocess
import sys
import tempfile
from importlib.util import find_spec
from pathlib import Path

from benchmarks import fuzz_decoders

INSTALL = ".tools/bin/uv pip install --python .venv/bin/python 'atheris>=3'"
_RUNS = re.compile(r"Done (\d+) runs in (\d+) second")
_COVERAGE = re.compile(r"cov: (\d+) ft: (\d+) corp: (\d+)")


def main(arguments: list[str]) -> int:
    """Fuzz each decoder in a process of its own; 1 if one was broken."""
    parser = argparse.ArgumentParser(prog="./dev bench fuzz")
    parser.add_argument("--minutes", type=float, default=10.0, help="for each decoder (10)")
    parser.add_argument("--decoder", choices=sorted(fuzz_decoders.TARGETS), action="append", help="all by default")
    options = parser.parse_args(arguments)
    if find_spec("atheris") is None:
        print(f"fuzzing needs atheris; install it with: {INSTALL}", file=sys.stderr)
        return 2
    outcomes = [_fuzz(name, options.minutes) for name in options.decoder or sorted(fuzz_decoders.TARGETS)]
    return int(not all(outcomes))


def _fuzz(name: str, minutes: float) -> bool:
    """Fuzz one decoder and print what came of it; the input that broke it is kept."""
    folder = Path(tempfile.mkdtemp(prefix=f"parkwatch-fuzz-{name}-"))
    corpus = folder / "corpus"
    corpus.mkdir()
    for number, seed in enumerate(fuzz_decoders.TARGETS[name].seeds()):
        (corpus / f"seed-{number}").write_bytes(seed)
    words = folder / "words.dict"
    words.write_text("".join(f'"{word}"\n' for word in fuzz_decoders.TARGETS[name].words))
    run = subprocess.run(
        [
            *(sys.executable, "-m", "benchmarks.fuzz_decoders", name, str(corpus)),
            *(f"-max_total_time={int(minutes * 60)}", "-timeout=5", "-rss_limit_mb=1024", "-max_len=4096"),
            *(f"-dict={words}", f"-artifact_prefix={folder}/", "-print_final_stats=0", "-verbosity=1"),
        ],
        capture_output=True,
        check=False,
    )
    log = run.stderr.decode(errors="replace") + run.stdout.decode(errors="replace")
    (folder / "log.txt").write_text(log)
    runs, coverage = _RUNS.findall(log), _COVERAGE.findall(log)
    print(f"{name}: runs and seconds {runs[-1:]}, edges, features and inputs kept {coverage[-1:]}", flush=True)
    if run.returncode:
        print(f"{name}: BROKEN, see {folder}/log.txt and the input beside it", flush=True)
    return run.returncode == 0
