"""The steps of one counter: what each difference of its register means, and the rule that says so.

A register is differenced first and multiplied after. The rules, in the order they are asked:

1. An epoch cuts the chain of registers. What it declares (``last_register``, ``first_register``) stands at its instant
   and precedes a reading stamped at that instant; a reading there closes or opens a side that declares nothing.
   A side that is not known is unexplained. With nothing declared the register runs on: across another multiplier the
   step is unexplained unless a reading stands at the instant.
2. A fall that a rise within ``RETURN_US`` undoes is an outlier that came back (a dip to zero, a spike): from the
   register before it to the one after it nothing is believed, and no value in between becomes the base of a step.
3. A fall is a wrap where the width is known and the implied rate is plausible; any other fall is unexplained.
4. A rise faster than the point can is unexplained, and so is a step long enough to hide another turn of the register.
5. A step longer than 1.5 declared intervals (of at most an hour) is a gap.

Capacity is doubled and one unit of the register added before it is held against a step: stamps and registers are
rounded.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from math import inf

from accounting.register_chain import Chain, cut_registers, unknown_step
from schemas.metering import HOUR_US, MeterEpoch, MeterStep, PointTerms, StepKind, StepRule

RETURN_US = 6 * HOUR_US
CAPACITY_MARGIN = 2.0
NEIGHBOUR_MARGIN = 10.0
ALWAYS_PLAUSIBLE_WRAP = 0.001  # of the width


def gap_limit_us(interval_s: float) -> float:
    """Above this a step is a gap: 1.5 declared intervals, of which an hour is the longest that hours can hold."""
    return 1.5e6 * min(interval_s, 3600.0)


def rise_limit(terms: PointTerms, epoch: MeterEpoch, duration_us: int) -> float:
    """The largest amount that a rise of this duration can plausibly be; infinite where nothing is known."""
    if terms.capacity_per_s < inf:
        seconds = max(duration_us / 1e6, terms.interval_s)
        return CAPACITY_MARGIN * terms.capacity_per_s * seconds + epoch.multiplier
    if epoch.width is not None and duration_us <= gap_limit_us(terms.interval_s):
        return epoch.width / 2 * epoch.multiplier
    return inf


def inside_one_hour(from_us: int, to_us: int) -> bool:
    """Whether both ends lie in the same hour; the register at the full hour closes the hour before."""
    return from_us // HOUR_US == (to_us - 1) // HOUR_US


def meter_steps(ts_us: Sequence[int], register: Sequence[float], terms: PointTerms) -> list[MeterStep]:
    """Every step of a counter, plain ones too, in order of time.

    Args:
        ts_us: strictly ascending instants of valid registers, microseconds since the epoch.
        register: the registers at them.
        terms: the counter's terms.
    """
    cut = cut_registers(ts_us, register, terms.epochs)
    steps = [step for chain in cut.chains for step in _chain_steps(chain, terms)]
    return sorted(steps + cut.unknown, key=lambda step: step.from_us)


def _chain_steps(chain: Chain, terms: PointTerms) -> list[MeterStep]:
    steps, at = [], 0
    spans = _outliers(chain, terms)
    while at + 1 < len(chain.ts):
        end, rule = spans.get(at, (at + 1, None))
        steps.append(_span(chain, at, end, rule) if rule else _step(chain, at, terms))
        at = end
    return _with_declared_ends(steps, chain)


def _span(chain: Chain, start: int, end: int, rule: StepRule) -> MeterStep:
    return unknown_step(chain.ts[start], chain.ts[end], rule, chain.register[start], chain.register[end])


def _with_declared_ends(steps: list[MeterStep], chain: Chain) -> list[MeterStep]:
    plain = (StepKind.NORMAL, StepKind.GAP)
    if steps and chain.closing and steps[-1].kind in plain:
        steps[-1] = replace(steps[-1], kind=chain.closing, rule=StepRule.DECLARED_CLOSING)
    if steps and chain.opening and steps[0].kind in plain:
        kind = steps[0].kind if chain.opening is StepKind.NORMAL else chain.opening
        steps[0] = replace(steps[0], kind=kind, rule=StepRule.DECLARED_OPENING)
    return steps


def _step(chain: Chain, at: int, terms: PointTerms) -> MeterStep:
    """The step from node ``at`` to the next."""
    duration = chain.ts[at + 1] - chain.ts[at]
    fall = chain.register[at + 1] < chain.register[at]
    kind, rule, amount = _fall(chain, at, terms) if fall else _rise(chain, at, terms)
    gap = duration > gap_limit_us(terms.interval_s)
    if gap and kind is StepKind.NORMAL:
        silent = duration > 1.5e6 * terms.interval_s
        kind, rule = StepKind.GAP, StepRule.SILENCE if silent else StepRule.LONGER_THAN_AN_HOUR
    return MeterStep(
        chain.ts[at],
        chain.ts[at + 1],
        kind,
        rule,
        chain.register[at],
        chain.register[at + 1],
        amount,
        in_hours=amount is not None and (not gap or inside_one_hour(chain.ts[at], chain.ts[at + 1])),
    )


def _rise(chain: Chain, at: int, terms: PointTerms) -> tuple[StepKind, StepRule, float | None]:
    duration, amount = chain.ts[at + 1] - chain.ts[at], chain.between(at, at + 1)
    epoch = chain.in_force[at + 1]
    if amount > rise_limit(terms, epoch, duration):
        return StepKind.UNEXPLAINED, StepRule.RISE_TOO_FAST, None
    if could_hide_a_turn(terms, epoch, amount, duration):
        return StepKind.UNEXPLAINED, StepRule.MAY_HAVE_WRAPPED, None
    return StepKind.NORMAL, StepRule.RISE, amount


def could_hide_a_turn(terms: PointTerms, epoch: MeterEpoch, amount: float, duration_us: int) -> bool:
    """Whether another whole turn of the register would be within capacity, so that the amount is not known."""
    if epoch.width is None or terms.capacity_per_s == inf:
        return False
    return amount + epoch.width * epoch.multiplier <= terms.capacity_per_s * duration_us / 1e6


def _fall(chain: Chain, at: int, terms: PointTerms) -> tuple[StepKind, StepRule, float | None]:
    epoch, duration = chain.in_force[at + 1], chain.ts[at + 1] - chain.ts[at]
    width = epoch.width
    start, end = chain.register[at], chain.register[at + 1]
    if width is None or not 0 <= end < width or start >= width:
        return StepKind.UNEXPLAINED, StepRule.FALL, None
    amount = (width - start + end) * chain.epoch.multiplier
    if could_hide_a_turn(terms, epoch, amount, duration):
        return StepKind.UNEXPLAINED, StepRule.MAY_HAVE_WRAPPED, None
    if amount > _wrap_limit(chain, at, terms, epoch):
        return StepKind.UNEXPLAINED, StepRule.FALL, None
    return StepKind.WRAP, StepRule.WIDTH_AND_RATE, amount


def _wrap_limit(chain: Chain, at: int, terms: PointTerms, epoch: MeterEpoch) -> float:
    """The largest plausible amount of a wrap: by capacity, else by the rates beside it, else half the width."""
    duration = chain.ts[at + 1] - chain.ts[at]
    if terms.capacity_per_s < inf:
        return rise_limit(terms, epoch, duration)
    half = (epoch.width or 0) / 2 * epoch.multiplier
    rates = [
        chain.between(node, node + 1) / (chain.ts[node + 1] - chain.ts[node])
        for node in (at - 1, at + 1)
        if 0 <= node < len(chain.ts) - 1 and chain.register[node + 1] >= chain.register[node]
    ]
    if not rates:
        return half
    by_rate = max(NEIGHBOUR_MARGIN * max(rates) * duration, ALWAYS_PLAUSIBLE_WRAP * 2 * half) + epoch.multiplier
    return min(half, by_rate)


def _outliers(chain: Chain, terms: PointTerms) -> dict[int, tuple[int, StepRule]]:
    """Stretches that came back: first node -> (last node, rule); overlapping ones are joined."""
    falls = [at for at in range(len(chain.ts) - 1) if chain.register[at + 1] < chain.register[at]]
    found = sorted(span for at in falls if (span := _undone(chain, at, terms)))
    joined: list[tuple[int, int, StepRule]] = []
    for start, end, rule in found:
        if joined and start < joined[-1][1]:
            joined[-1] = joined[-1][0], max(end, joined[-1][1]), joined[-1][2]
        else:
            joined.append((start, end, rule))
    return {start: (end, rule) for start, end, rule in joined}


def _undone(chain: Chain, fall: int, terms: PointTerms) -> tuple[int, int, StepRule] | None:
    """The stretch from before to after the outlier that the fall at this node begins (dip) or ends (spike)."""
    rises = [rise for rise in (_return_of(chain, fall), _jump_before(chain, fall)) if rise is not None]
    for rise in sorted(rises, key=lambda node: -chain.between(node, node + 1)):
        start, end = min(rise, fall), max(rise, fall) + 1
        if chain.between(start, end) <= rise_limit(terms, chain.epoch, chain.ts[end] - chain.ts[start]):
            return start, end, StepRule.DIP_AND_RETURN if rise > fall else StepRule.SPIKE_AND_RETURN
    return None


def _return_of(chain: Chain, fall: int) -> int | None:
    """The first rise after the fall that reaches the register before it, if it is a jump and near enough."""
    before = chain.register[fall]
    for node in range(fall + 1, len(chain.ts) - 1):
        if chain.ts[node] - chain.ts[fall] > RETURN_US:
            return None
        if chain.register[node + 1] >= before:
            return node if _is_jump(chain, node, fall) else None
    return None


def _jump_before(chain: Chain, fall: int) -> int | None:
    """The last rise before the fall that left the register after it, if it is a jump and near enough."""
    after = chain.register[fall + 1]
    for node in range(fall - 1, -1, -1):
        if chain.ts[fall + 1] - chain.ts[node + 1] > RETURN_US:
            return None
        if chain.register[node] <= after:
            return node if _is_jump(chain, node, fall) else None
    return None


def _is_jump(chain: Chain, rise: int, fall: int) -> bool:
    """Whether one rise gives back at least half of what the fall took: a register that just counts on does not."""
    return 2 * chain.between(rise, rise + 1) >= -chain.between(fall, fall + 1)
