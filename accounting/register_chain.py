"""The registers of one counter, cut into chains where an epoch replaces, resets or rescales its meter."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import pairwise

from schemas.metering import FOREVER_US, MeterEpoch, MeterStep, StepKind, StepRule

_ALWAYS = MeterEpoch(valid_from_us=-FOREVER_US)


@dataclass(slots=True)
class Chain:
    """Registers of one meter under one multiplier, in order of time."""

    epoch: MeterEpoch
    ts: list[int] = field(default_factory=list)
    register: list[float] = field(default_factory=list)
    in_force: list[MeterEpoch] = field(default_factory=list)  # at each register; they differ in width alone
    opening: StepKind | None = None  # the kind of its first step, where the first register was declared
    closing: StepKind | None = None
    unopened_us: int | None = None  # since when the meter counted, where its first register is not known

    def add(self, ts: int, register: float) -> None:
        self.ts.append(ts)
        self.register.append(register)
        self.in_force.append(self.epoch)

    def between(self, start: int, end: int) -> float:
        """The amount from node ``start`` to node ``end``, after the multiplier."""
        return (self.register[end] - self.register[start]) * self.epoch.multiplier


@dataclass(slots=True)
class Cut:
    """Chains in order of time, and the steps between them that nobody can know."""

    chains: list[Chain]
    unknown: list[MeterStep] = field(default_factory=list)


def cut_registers(ts_us: Sequence[int], register: Sequence[float], epochs: tuple[MeterEpoch, ...]) -> Cut:
    """Cut valid registers, ascending in time, at the epochs that replace, reset or rescale the meter."""
    ordered = sorted(epochs, key=lambda epoch: epoch.valid_from_us) or [_ALWAYS]
    cut = Cut([Chain(ordered[0])])
    at = 0
    for number, epoch in enumerate(ordered):
        while at < len(ts_us) and ts_us[at] < epoch.valid_from_us:
            cut.chains[-1].add(ts_us[at], register[at])
            at += 1
        stands = at < len(ts_us) and ts_us[at] == epoch.valid_from_us
        if number or epoch.first_register is not None:
            _begin(cut, epoch, register[at] if stands else None)
            at += stands
    for ts, value in zip(ts_us[at:], register[at:], strict=True):
        cut.chains[-1].add(ts, value)
    _bridge(cut)
    return cut


def _begin(cut: Cut, epoch: MeterEpoch, standing: float | None) -> None:
    """Start an epoch; ``standing`` is the reading at its instant."""
    old = cut.chains[-1]
    instant = epoch.valid_from_us
    if epoch.first_register is None and epoch.last_register is None:
        _run_on(cut, epoch, standing)
        return
    closing = epoch.last_register if epoch.last_register is not None else _other(standing, epoch.first_register)
    opening = epoch.first_register if epoch.first_register is not None else _other(standing, epoch.last_register)
    kind = StepKind.DECLARED_RESET if epoch.last_register is None else StepKind.REPLACEMENT
    first_ever = len(cut.chains) == 1 and not old.ts
    new = Chain(epoch)
    if closing is not None:
        old.closing = kind if epoch.last_register is not None else None
        old.add(instant, closing)
    elif old.ts:
        cut.unknown.append(unknown_step(old.ts[-1], instant, StepRule.NO_CLOSING_REGISTER, old.register[-1], None))
    elif old.unopened_us is not None:
        cut.unknown.append(unknown_step(old.unopened_us, instant, StepRule.NO_OPENING_REGISTER, None, None))
    if opening is not None:
        new.opening = (StepKind.NORMAL if first_ever else kind) if epoch.first_register is not None else None
        new.add(instant, opening)
    else:
        new.unopened_us = instant
    cut.chains.append(new)


def _run_on(cut: Cut, epoch: MeterEpoch, standing: float | None) -> None:
    """An epoch that declares no register: the meter stays, its width or multiplier changes."""
    old = cut.chains[-1]
    if standing is not None:
        old.add(epoch.valid_from_us, standing)
    elif epoch.multiplier == old.epoch.multiplier or not old.ts:
        old.epoch = epoch
        return
    new = Chain(epoch)
    if standing is not None:
        new.add(epoch.valid_from_us, standing)
    cut.chains.append(new)


def _bridge(cut: Cut) -> None:
    """Name the steps from an unknown first register, and over a changed multiplier that no reading divides."""
    known = [chain for chain in cut.chains if chain.ts]
    for chain in known:
        if chain.unopened_us is not None:
            cut.unknown.append(
                unknown_step(chain.unopened_us, chain.ts[0], StepRule.NO_OPENING_REGISTER, None, chain.register[0])
            )
    for old, new in pairwise(known):
        apart = old.ts[-1] < new.ts[0]
        if apart and not any(step.from_us >= old.ts[-1] and step.to_us <= new.ts[0] for step in cut.unknown):
            registers = old.register[-1], new.register[0]
            cut.unknown.append(unknown_step(old.ts[-1], new.ts[0], StepRule.MULTIPLIER_CHANGED, *registers))


def _other(standing: float | None, declared: float | None) -> float | None:
    """A reading at the instant of an epoch speaks for the side that declares nothing, unless it repeats the other."""
    return None if standing == declared else standing


def unknown_step(
    from_us: int, to_us: int, rule: StepRule, from_register: float | None, to_register: float | None
) -> MeterStep:
    """A step whose amount nobody can know."""
    return MeterStep(from_us, to_us, StepKind.UNEXPLAINED, rule, from_register, to_register, None, in_hours=False)
