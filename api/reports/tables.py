"""The tables of a report as text, the same for every format."""

from __future__ import annotations

from dataclasses import dataclass, field

from accounting.report import Report
from accounting.standard_coal import CoalLine, EnergyUse
from api.reports.words import Language, bounds, missing_summary, mwh, number, percent, say, term_rows

Rows = list[tuple[str, ...]]


@dataclass(frozen=True, slots=True)
class Listing:
    """A table: ``right`` says which columns are numbers, ``widths`` are relative, ``intro`` stands before it."""

    title: str
    heads: tuple[str, ...]
    right: tuple[bool, ...]
    widths: tuple[float, ...]
    rows: Rows
    intro: str = ""
    notes: list[str] = field(default_factory=list)
    may_be_cut: bool = False


def terms(report: Report, language: Language) -> Listing:
    heads = tuple(say(key, language) for key in ("term", "value", "unit", "how"))
    rows: Rows = list(term_rows(report, language))
    return Listing("section_terms", heads, (False, True, False, False), (30, 20, 8, 42), rows)


def parts(report: Report, language: Language) -> Listing | None:
    """The enterprises of the scope; None for a single one."""
    if not report.parts:
        return None
    names = ("enterprise", "consumption", "direct_line", "self_used", "green_trade", "certificate")
    units = ("", " MWh", " MWh", " MWh", " MWh", " MWh")
    heads = tuple(say(name, language) + unit for name, unit in zip(names, units, strict=True))
    heads += (say("policy", language), say("bounds", language), say("coverage", language))
    rows: Rows = [
        (
            name,
            mwh(s.consumption_kwh), mwh(s.direct_line_kwh), mwh(s.self_used_kwh), mwh(s.green_trade_kwh),
            mwh(s.certificate_kwh), percent(s.policy_share), bounds(s), percent(s.coverage),
        )
        for name, s in report.parts
    ]  # fmt: skip
    return Listing("section_parts", heads, (False,) + (True,) * 8, (20, 12, 11, 11, 11, 11, 11, 15, 10), rows)


def energy(report: Report, language: Language) -> Listing:
    use = report.energy
    heads = (
        say("energy", language), say("amount", language), say("unit", language),
        f"{say('calorific', language)} tce", f"{say('supply', language)} tce",
        say("coverage", language),
    )  # fmt: skip
    rows: Rows = [_coal_row(line, language) for line in use.lines]
    if rows:
        rows.append(_total_row(use, language))
    rows += _water_rows(use, language)
    intro = "" if rows else say("no_energy", language)
    used = dict.fromkeys(f for line in use.lines for f in (line.calorific_factor, line.supply_rate_factor) if f)
    notes = [say("not_verified", language), say("factors_used", language) + "; ".join(used)] if used else []
    right = (False, True, False, True, True, True)
    return Listing("section_energy", heads, right, (38, 18, 10, 18, 18, 14), rows, intro, notes)


def invoices(report: Report, language: Language) -> Listing:
    heads = (
        say("enterprise", language), say("direction", language), f"{say('invoiced', language)} MWh",
        f"{say('metered', language)} MWh", f"{say('difference', language)} MWh", f"{say('difference', language)} %",
        say("verdict", language),
    )  # fmt: skip
    rows: Rows = [
        (one.enterprise, say(one.direction, language), mwh(one.invoiced_kwh), mwh(one.metered_kwh),
         mwh(one.difference_kwh), number(one.difference_percent, 2), say(one.verdict, language))
        for one in report.invoices
    ]  # fmt: skip
    intro = "" if rows else say("no_invoices", language)
    right = (False, False, True, True, True, True, False)
    return Listing("section_invoices", heads, right, (18, 9, 16, 16, 14, 11, 18), rows, intro)


def missing(report: Report, language: Language) -> list[Listing]:
    """The summary with missing hours, then gaps and unexplained steps, then refusals; the last two only if any."""
    hours: Rows = [(one.point, one.name, f"{one.due:,}", f"{one.missing:,}") for one in report.missing.hours]
    found = [
        Listing(
            "section_missing", tuple(say(k, language) for k in ("point", "name", "due", "missing")),
            (False, False, True, True), (25, 35, 15, 15), hours, missing_summary(report, language), may_be_cut=True,
        )
    ]  # fmt: skip
    steps: Rows = [
        (one.point, say(one.kind, language), f"{one.from_ts:%m-%d %H:%M}", f"{one.to_ts:%m-%d %H:%M}",
         number(one.amount), one.unit)
        for one in report.missing.steps
    ]  # fmt: skip
    if steps:
        heads = tuple(say(k, language) for k in ("point", "kind", "from", "to", "amount", "unit"))
        right = (False, False, False, False, True, False)
        found.append(Listing("", heads, right, (25, 18, 15, 15, 17, 10), steps, may_be_cut=True))
    refused: Rows = [(one.enterprise, one.reason, f"{one.count:,}") for one in report.missing.rejected]
    if refused:
        heads = tuple(say(k, language) for k in ("enterprise", "reason", "count"))
        found.append(Listing("", heads, (False, False, True), (30, 50, 20), refused, may_be_cut=True))
    return found


def _coal_row(line: CoalLine, language: Language) -> tuple[str, ...]:
    name = say(line.name, language)
    name += say("feedstock_mark", language) if line.feedstock else ""
    name += "" if line.in_totals else say("not_in_totals", language)
    mark = "" if line.verified else " *"
    big = line.unit in ("kWh", "kg")
    amount = number(line.amount / 1000 if big else line.amount)
    unit = {"kWh": "MWh", "kg": "t"}.get(line.unit, line.unit)
    supply = "" if line.supply_rate_factor == line.calorific_factor else mark
    calorific = mark if supply == "" else ""
    return (name, amount, unit, _tce(line.calorific_kgce) + calorific, _tce(line.supply_rate_kgce) + mark,
            percent(line.coverage))  # fmt: skip


def _total_row(use: EnergyUse, language: Language) -> tuple[str, ...]:
    calorific, supply = ("" if good else " *" for good in (use.calorific_verified, use.supply_rate_verified))
    return (say("total", language), "", "", _tce(use.calorific_kgce) + calorific, _tce(use.supply_rate_kgce) + supply,
            percent(use.coverage))  # fmt: skip


def _water_rows(use: EnergyUse, language: Language) -> Rows:
    figures = [
        ("production", use.production_t, "t", 1),
        ("water", use.water_m3, "m3", 1),
        ("water_per_t", use.water_m3_per_t, "m3/t", 3),
        ("coal_per_t", use.kgce_per_t, "kgce/t", 2),
        ("value_added", use.value_added_10k_cny, "10^4 CNY", 1),
        ("water_per_value", use.water_m3_per_10k_cny, "m3/10^4 CNY", 3),
    ]
    return [
        (say(key, language), number(value, digits), unit, "", "", "")
        for key, value, unit, digits in figures
        if value is not None
    ]


def _tce(coal_kgce: float | None) -> str:
    return number(None if coal_kgce is None else coal_kgce / 1000, 2)
