"""The report as XLSX: numbers as numbers, native charts, one sheet a table."""

from __future__ import annotations

import io
from collections.abc import Iterable, Sequence
from typing import Any

from openpyxl import Workbook
from openpyxl.chart import BarChart, Reference
from openpyxl.styles import Alignment, Font, PatternFill
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.worksheet import Worksheet

from accounting.report import Report, Share
from api.reports import tables
from api.reports.words import Language, headline, missing_summary, month_title, say, scope_title

_HEAD = PatternFill("solid", fgColor="0F3D3A")
_PERCENT, _MWH = "0.0%", "#,##0.000"
_FORMULA = ("=", "+", "-", "@")

_SHARE_FIGURES = (
    ("consumption", "consumption_kwh", 1000.0), ("direct_line", "direct_line_kwh", 1000.0),
    ("self_used", "self_used_kwh", 1000.0), ("green_trade", "green_trade_kwh", 1000.0),
    ("certificate", "certificate_kwh", 1000.0), ("excess", "excess_kwh", 1000.0), ("policy", "policy_share", 0.0),
    ("physical", "physical_share", 0.0), ("hourly", "hourly_matched_share", 0.0), ("coverage", "coverage", 0.0),
)  # fmt: skip


def draw_xlsx(report: Report, language: Language) -> bytes:
    """The report as a workbook."""
    book = Workbook()
    _summary(book.worksheets[0], report, language)
    days = _shares(book, "sheet_days", [("day", share.label, share) for share in report.days], language)
    _chart(days, language, first=3, last=4, say_title="section_days", rows=len(report.days))
    months = _shares(book, "sheet_months", [("month", share.label, share) for share in report.months], language)
    _chart(months, language, first=8, last=8, say_title="section_months", rows=len(report.months), unit="%")
    if report.parts:
        _shares(book, "sheet_parts", [("enterprise", name, share) for name, share in report.parts], language)
    _energy(book, report, language)
    _listing(book, "sheet_invoices", [tables.invoices(report, language)], language)
    _listing(book, "sheet_missing", tables.missing(report, language), language)
    sink = io.BytesIO()
    book.save(sink)
    return sink.getvalue()


def _summary(sheet: Worksheet, report: Report, language: Language) -> None:
    sheet.title = say("sheet_summary", language)
    sheet["A1"] = say("title", language)
    sheet["A1"].font = Font(bold=True, size=16)
    sheet["A2"] = _safe(f"{scope_title(report, language)} · {month_title(report, language)}")
    sheet["A2"].font = Font(bold=True, size=12)
    sheet["A3"] = (
        f"{say('made', language)} {report.made_at:%Y-%m-%d %H:%M} {report.timezone} · {say('notice', language)}"
    )
    sheet["A4"] = f"{say('rule', language)}: {report.share.rule}" + (
        f" · {say('open', language)}" if report.is_open else ""
    )
    _heads(sheet, 6, [say(key, language) for key in ("term", "value", "unit", "how")])
    share = report.share
    for key, name, scale in _SHARE_FIGURES:
        value = getattr(share, name)
        _figure(sheet, say(key, language), value, scale, say(f"how_{key}", language))
    for end, value in (("low", share.share_low), ("high", share.share_high)):
        label = f"{say('policy', language)} {say('bounds', language)} {end}"
        _figure(sheet, label, value, 0.0, say("how_bounds", language))
    if report.year_to_date:
        label = f"{say('policy', language)} {say('ytd', language)}"
        _figure(sheet, label, report.year_to_date.policy_share, 0.0, report.year_to_date.rule)
    if report.target:
        _figure(sheet, f"{say('target', language)} {report.target[1]}", report.target[0], 0.0, "")
    sheet.append([])
    sheet.append([headline(report, language)])
    sheet.append([missing_summary(report, language)])
    _widths(sheet, [38, 18, 8, 60])


def _figure(sheet: Worksheet, name: str, value: float | None, scale: float, how: str) -> None:
    """A row: MWh where ``scale`` is the kWh of it, a share in percent where it is 0."""
    shown = None if value is None else value / scale if scale else value
    sheet.append([name, shown, "MWh" if scale else "%", how])
    sheet.cell(sheet.max_row, 2).number_format = _MWH if scale else _PERCENT


def _shares(book: Workbook, title: str, shares: Sequence[tuple[str, str, Share]], language: Language) -> Worksheet:
    sheet: Worksheet = book.create_sheet(say(title, language))
    first = say(shares[0][0], language) if shares else ""
    heads = [first] + [f"{say(key, language)} {'MWh' if scale else '%'}" for key, _, scale in _SHARE_FIGURES]
    ends = [f"{say('policy', language)} {say('bounds', language)} {end} %" for end in ("low", "high")]
    _heads(sheet, 1, [*heads, *ends, say("rule", language)])
    for _, label, share in shares:
        figures = [(getattr(share, name), scale) for _, name, scale in _SHARE_FIGURES]
        figures += [(share.share_low, 0.0), (share.share_high, 0.0)]
        sheet.append([_safe(label), *(v if v is None or not scale else v / scale for v, scale in figures), share.rule])
        for column, (_, scale) in enumerate(figures, start=2):
            sheet.cell(sheet.max_row, column).number_format = _MWH if scale else _PERCENT
    _widths(sheet, [18] + [16] * 12 + [18])
    sheet.freeze_panes = "B2"
    return sheet


def _chart(
    sheet: Worksheet, language: Language, *, first: int, last: int, say_title: str, rows: int, unit: str = "MWh"
) -> None:
    """A native column chart of some columns, beside their table."""
    if not rows:
        return
    chart = BarChart()
    chart.type, chart.title = "col", say(say_title, language)
    chart.grouping, chart.overlap = "stacked", 100
    chart.y_axis.title = unit
    chart.y_axis.delete = chart.x_axis.delete = False
    chart.height, chart.width = 9, 26
    chart.add_data(Reference(sheet, min_col=first, max_col=last, min_row=1, max_row=rows + 1), titles_from_data=True)
    chart.set_categories(Reference(sheet, min_col=1, min_row=2, max_row=rows + 1))
    sheet.add_chart(chart, f"B{rows + 4}")


def _energy(book: Workbook, report: Report, language: Language) -> None:
    sheet = book.create_sheet(say("sheet_energy", language))
    heads = [say(key, language) for key in ("energy", "amount", "unit")]
    heads += [f"{say('calorific', language)} kgce", say("factor", language)]
    heads += [f"{say('supply', language)} kgce", say("factor", language), say("coverage", language)]
    _heads(sheet, 1, heads)
    use = report.energy
    for line in use.lines:
        mark = (say("feedstock_mark", language) if line.feedstock else "") + ("" if line.verified else " *")
        mark += "" if line.in_totals else say("not_in_totals", language)
        columns = (line.calorific_kgce, line.calorific_factor, line.supply_rate_kgce, line.supply_rate_factor)
        sheet.append([_safe(say(line.name, language) + mark), line.amount, line.unit, *columns, line.coverage])
        sheet.cell(sheet.max_row, 8).number_format = _PERCENT
    totals = (use.calorific_kgce, None, use.supply_rate_kgce, None, use.coverage)
    sheet.append([say("total", language), None, None, *totals])
    sheet.cell(sheet.max_row, 8).number_format = _PERCENT
    sheet.append([say("feedstock", language), None, None, use.feedstock_calorific_kgce])
    for key, value, unit in (
        ("production", use.production_t, "t"), ("water", use.water_m3, "m3"),
        ("water_per_t", use.water_m3_per_t, "m3/t"), ("coal_per_t", use.kgce_per_t, "kgce/t"),
        ("value_added", use.value_added_10k_cny, "10^4 CNY"),
        ("water_per_value", use.water_m3_per_10k_cny, "m3/10^4 CNY"),
    ):  # fmt: skip
        sheet.append([say(key, language), value, unit])
    sheet.append([say("not_verified", language)])
    _widths(sheet, [36, 18, 10, 18, 40, 18, 40, 12])


def _listing(book: Workbook, title: str, listings: Sequence[tables.Listing], language: Language) -> None:
    """Tables as they are printed, all of their rows."""
    sheet = book.create_sheet(say(title, language))
    row = 1
    for listing in listings:
        if listing.intro:
            sheet.cell(row, 1, listing.intro)
            row += 2
        if listing.rows:
            _heads(sheet, row, listing.heads)
            for cells in listing.rows:
                row += 1
                for column, (cell, right) in enumerate(zip(cells, listing.right, strict=True), start=1):
                    sheet.cell(row, column, _number(cell) if right else _safe(cell))
            row += 2
    _widths(sheet, [26, 26, 16, 16, 16, 14, 18])


def _number(cell: str) -> Any:
    plain = cell.replace(",", "")
    try:
        return float(plain)
    except ValueError:
        return _safe(cell)


def _safe(text: str) -> str:
    """Text that no spreadsheet takes for a formula: names come from people."""
    return f"'{text}" if text.startswith(_FORMULA) else text


def _heads(sheet: Worksheet, row: int, heads: Iterable[str]) -> None:
    for column, head in enumerate(heads, start=1):
        cell = sheet.cell(row, column, head)
        cell.font, cell.fill = Font(bold=True, color="FFFFFF"), _HEAD
        cell.alignment = Alignment(wrap_text=True, vertical="center")


def _widths(sheet: Worksheet, widths: Sequence[float]) -> None:
    for column, width in enumerate(widths, start=1):
        sheet.column_dimensions[get_column_letter(column)].width = width
