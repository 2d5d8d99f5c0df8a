"""Processor time and memory of processes, from /proc."""

from __future__ import annotations

import os
import resource
from contextlib import suppress
from pathlib import Path

_TICK_S = 1 / os.sysconf("SC_CLK_TCK")


def cpu_s(pid: int) -> float:
    """Seconds of a process and everything it started, the ended ones included."""
    parents: dict[int, list[int]] = {}
    spent: dict[int, float] = {}
    for entry in Path("/proc").iterdir():
        with suppress(OSError):
            if entry.name.isdecimal():
                words = (entry / "stat").read_text(encoding="utf-8").rpartition(")")[2].split()
                parents.setdefault(int(words[1]), []).append(int(entry.name))
                spent[int(entry.name)] = sum(map(int, words[11:15])) * _TICK_S
    return _sum(pid, parents, spent)


def own_cpu_s(pid: int) -> float:
    """Seconds of a process without what it started; 0 when it has ended."""
    with suppress(OSError):
        words = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()
        return sum(map(int, words[11:13])) * _TICK_S
    return 0.0


def _sum(pid: int, parents: dict[int, list[int]], spent: dict[int, float]) -> float:
    return spent.get(pid, 0.0) + sum(_sum(child, parents, spent) for child in parents.get(pid, []))


def ended_s() -> float:
    """Seconds of our own processes that have ended and were waited for."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def memory_mib(pid: int) -> tuple[float, float]:
    """Resident memory now and at its peak."""
    found = {"VmRSS": 0.0, "VmHWM": 0.0}
    with suppress(OSError):
        for line in Path(f"/proc/{pid}/status").read_text(encoding="utf-8").splitlines():
            name, _, value = line.partition(":")
            if name in found:
                found[name] = int(value.split()[0]) / 1024
    return found["VmRSS"], found["VmHWM"]
