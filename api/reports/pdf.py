"""The report as PDF, A4: figures first, then charts, tables, and what is missing."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from reportlab.lib.colors import white
from reportlab.lib.pagesizes import A4
from reportlab.lib.styles import ParagraphStyle
from reportlab.lib.units import mm
from reportlab.pdfgen.canvas import Canvas
from reportlab.platypus import (
    CondPageBreak,
    Flowable,
    KeepTogether,
    Paragraph,
    Spacer,
    Table,
)

from accounting.report import Report
from api.reports import tables
from api.reports.charts import draw_days, draw_months
from api.reports.fonts import BOLD
from api.reports.page import (
    FAINT,
    LEAD,
    MARGIN,
    SECTION,
    SMALL,
    TEXT,
    TINT,
    WIDTH,
    Document,
    draw_banner,
    draw_document,
    grid,
    paragraph,
    string,
)  # fmt: skip
from api.reports.words import Language, bounds, headline, month_title, mwh, percent, say, scope_title

_Heading = Callable[[str], Paragraph]
_MOST_ROWS = 18


def draw_pdf(report: Report, language: Language) -> bytes:
    """The report as a PDF with its fonts inside."""
    title, scope, month = say("title", language), scope_title(report, language), month_title(report, language)

    def head(canvas: Canvas) -> None:
        string(canvas, MARGIN, A4[1] - 11 * mm, f"{title} · {scope} · {month}", 7.5, FAINT)

    document = Document(
        f"{title} {scope} {report.month:%Y-%m}",
        f"ParkWatch · {say('rule', language)} {report.share.rule} · {say('notice', language)}",
        say("page", language),
        language,
        banner=lambda canvas: _banner(canvas, report, language),
        head=head,
    )
    return draw_document(document, _story(report, language))


def _story(report: Report, language: Language) -> list[Flowable]:
    numbers = iter(range(1, 99))

    def heading(key: str) -> Paragraph:
        return paragraph(f"{next(numbers)}  {say(key, language)}", SECTION)

    story: list[Flowable] = [_cards(report, language), Spacer(0, 2 * mm), paragraph(headline(report, language), LEAD)]
    story += _section(tables.terms(report, language), language, heading)
    story.append(heading("section_days"))
    story.append(draw_days(report.days, WIDTH, 52 * mm, language))
    story.append(paragraph(say("days_note", language), SMALL))
    chart = draw_months(report.months, report.target, WIDTH, 48 * mm, language)
    story.append(KeepTogether([heading("section_months"), chart]))
    for table in (tables.parts(report, language), tables.energy(report, language), tables.invoices(report, language)):
        story += _section(table, language, heading) if table else []
    return story + _missing(report, language, heading)


def _cards(report: Report, language: Language) -> Flowable:
    """The answer first: the share with its rule, bounds and coverage, then the other figures."""
    share, year = report.share, report.year_to_date
    goal = f" / {say('target', language)} {100 * report.target[0]:g} % ({report.target[1]})" if report.target else ""
    cards = [
        (say("policy", language), percent(share.policy_share), f"{say('bounds', language)} {bounds(share)}"),
        (say("ytd", language), percent(year.policy_share if year else None),
         f"{say('coverage', language)} {percent(year.coverage if year else None)}{goal}"),
        (say("physical", language), percent(share.physical_share),
         f"{say('hourly', language)} {percent(share.hourly_matched_share)}"),
        (say("consumption", language), f"{mwh(share.consumption_kwh)} MWh",
         f"{say('green', language)} {mwh(share.green_kwh)} MWh"),
        (say("coverage", language), percent(share.coverage), f"{say('rule', language)} {share.rule}"),
    ]  # fmt: skip
    widths = [WIDTH * part for part in (0.19, 0.21, 0.19, 0.23, 0.18)]
    big = ParagraphStyle("big", parent=TEXT, fontName=BOLD, fontSize=14, leading=19)
    rows: list[list[Any]] = [
        [paragraph(name, SMALL) for name, _, _ in cards],
        [paragraph(value, big) for _, value, _ in cards],
        [paragraph(note, SMALL) for _, _, note in cards],
    ]
    style: list[Any] = [
        ("BACKGROUND", (0, 0), (-1, -1), TINT),
        ("LINEAFTER", (0, 0), (-2, -1), 3, white),
        ("VALIGN", (0, 0), (-1, -1), "TOP"),
        ("LEFTPADDING", (0, 0), (-1, -1), 6),
        ("RIGHTPADDING", (0, 0), (-1, -1), 4),
        ("TOPPADDING", (0, 0), (-1, -1), 2),
        ("BOTTOMPADDING", (0, 0), (-1, -1), 2),
    ]
    return Table(rows, widths, style=style)


def _section(table: tables.Listing, language: Language, heading: _Heading) -> list[Flowable]:
    head: list[Flowable] = [heading(table.title) if table.title else Spacer(0, 3 * mm)]
    if table.intro:
        head.append(paragraph(table.intro, TEXT))
        head.append(Spacer(0, 1.5 * mm))
    if not table.rows:
        return [KeepTogether(head)]
    shown = table.rows[:_MOST_ROWS] if table.may_be_cut else table.rows
    tail: list[Flowable] = [paragraph(note, SMALL) for note in table.notes]
    if len(shown) < len(table.rows):
        tail.insert(0, paragraph(say("and_more", language).format(len(table.rows) - len(shown)), SMALL))
    return [CondPageBreak(45 * mm), *head, grid(table, shown), Spacer(0, 1 * mm), *tail]


def _missing(report: Report, language: Language, heading: _Heading) -> list[Flowable]:
    story: list[Flowable] = []
    for listing in tables.missing(report, language):
        story += _section(listing, language, heading)
    return story


def _banner(canvas: Canvas, report: Report, language: Language) -> None:
    about = f"{scope_title(report, language)} · {month_title(report, language)}"
    made = f"{say('made', language)} {report.made_at:%Y-%m-%d %H:%M} {report.timezone}"
    beside = [made, say("notice", language), *([say("open", language)] if report.is_open else [])]
    draw_banner(canvas, say("title", language), about, beside)
