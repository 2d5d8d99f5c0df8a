"""Dividing the enterprises among ingestors: evenly by points, moving as few as possible. Pure."""

from __future__ import annotations


def divide(weights: dict[str, int], readers: dict[str, str], ingestors: list[str]) -> dict[str, str]:
    """Who shall read which enterprise.

    Args:
        weights: enterprises with their number of points.
        readers: who reads which enterprise now.
        ingestors: those to divide them among; at least one.
    """
    load = dict.fromkeys(ingestors, 0)
    # no division is sure to be more even than to one enterprise: what is within that stays where it is
    fair = sum(w + 1 for w in weights.values()) / len(ingestors) + max(weights.values(), default=0) + 1
    plan: dict[str, str] = {}
    heaviest_first = sorted(weights, key=lambda e: (-weights[e], e))
    for enterprise in heaviest_first:
        reader = readers.get(enterprise, "")
        weight = weights[enterprise] + 1  # one without points still has messages to refuse
        if reader in load and load[reader] + weight <= fair:
            plan[enterprise] = reader
            load[reader] += weight
    for enterprise in heaviest_first:
        if enterprise not in plan:
            lightest = min(ingestors, key=lambda name: (load[name], name))
            plan[enterprise] = lightest
            load[lightest] += weights[enterprise] + 1
    return plan


def departure(readers: dict[str, str], weights: dict[str, int], leaver: str, others: list[str]) -> dict[str, str]:
    """Who gets what the leaver reads; what others read stays where it is."""
    mine = {e: w for e, w in weights.items() if readers.get(e) == leaver}
    loads = {name: sum(w + 1 for e, w in weights.items() if readers.get(e) == name) for name in others}
    plan = {}
    for enterprise in sorted(mine, key=lambda e: (-mine[e], e)):
        lightest = min(others, key=lambda name: (loads[name], name))
        plan[enterprise] = lightest
        loads[lightest] += mine[enterprise] + 1
    return plan
