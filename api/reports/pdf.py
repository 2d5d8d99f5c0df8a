"""The report as PDF, A4: figures first, then charts, tables, and what is missing."""

from __future__ import annotations

import io
from collections.abc import Callable, Sequence
from typing import Any
from xml.sax.saxutils import escape

from reportlab.lib.colors import HexColor, white
from reportlab.lib.enums import TA_RIGHT
from reportlab.lib.pagesizes import A4
from reportlab.lib.styles import ParagraphStyle
from reportlab.lib.units import mm
from reportlab.pdfgen.canvas import Canvas
from reportlab.platypus import (
    BaseDocTemplate,
    CondPageBreak,
    Flowable,
    Frame,
    KeepTogether,
    PageTemplate,
    Paragraph,
    Spacer,
    Table,
)

from accounting.report import Report
from api.reports import tables
from api.reports.charts import draw_days, draw_months
from api.reports.fonts import BOLD, REGULAR, drawable, register_fonts
from api.reports.words import Language, bounds, headline, month_title, mwh, percent, say, scope_title

INK, FAINT, BAND, LINE, TINT = (
    HexColor("#1f2a37"), HexColor("#6b7280"), HexColor("#0f3d3a"), HexColor("#d1d5db"), HexColor("#f3f6f5"),
)  # fmt: skip
_Heading = Callable[[str], Paragraph]
_MARGIN, _BAND = 16 * mm, 25 * mm
_WIDTH = A4[0] - 2 * _MARGIN
_MOST_ROWS = 18

_TEXT = ParagraphStyle("text", fontName=REGULAR, fontSize=8.5, leading=12, textColor=INK)
_SMALL = ParagraphStyle("small", parent=_TEXT, fontSize=7.5, leading=10.5, textColor=FAINT)
_RIGHT = ParagraphStyle("right", parent=_TEXT, alignment=TA_RIGHT)
_HEAD = ParagraphStyle("head", parent=_TEXT, fontName=BOLD, textColor=FAINT, fontSize=7.5)
_HEAD_RIGHT = ParagraphStyle("head-right", parent=_HEAD, alignment=TA_RIGHT)
_SECTION = ParagraphStyle("section", parent=_TEXT, fontName=BOLD, fontSize=11, leading=15, spaceBefore=9, spaceAfter=4)


def draw_pdf(report: Report, language: Language) -> bytes:
    """The report as a PDF with its fonts inside."""
    register_fonts()
    sink = io.BytesIO()
    document = BaseDocTemplate(
        sink,
        pagesize=A4,
        title=f"{say('title', language)} {scope_title(report, language)} {report.month:%Y-%m}",
        author="ParkWatch",
        lang="zh-CN" if language == "zh" else "en",
        invariant=True,
    )
    first = Frame(_MARGIN, 16 * mm, _WIDTH, A4[1] - _BAND - 19 * mm, 0, 0, 0, 0)
    later = Frame(_MARGIN, 16 * mm, _WIDTH, A4[1] - 32 * mm, 0, 0, 0, 0)

    def banner(canvas: Canvas, _: BaseDocTemplate) -> None:
        _draw_banner(canvas, report, language)

    def running_head(canvas: Canvas, _: BaseDocTemplate) -> None:
        head = f"{say('title', language)} · {scope_title(report, language)} · {month_title(report, language)}"
        _string(canvas, _MARGIN, A4[1] - 11 * mm, head, 7.5, FAINT)

    document.addPageTemplates([
        PageTemplate("first", [first], onPage=banner, autoNextPageTemplate="later"),
        PageTemplate("later", [later], onPage=running_head),
    ])  # fmt: skip
    document.build(_story(report, language), canvasmaker=_numbered(report, language))
    return sink.getvalue()


def _story(report: Report, language: Language) -> list[Flowable]:
    numbers = iter(range(1, 99))

    def heading(key: str) -> Paragraph:
        return _paragraph(f"{next(numbers)}  {say(key, language)}", _SECTION)

    lead = ParagraphStyle("lead", parent=_TEXT, fontSize=9.5, leading=14)
    story: list[Flowable] = [_cards(report, language), Spacer(0, 2 * mm), _paragraph(headline(report, language), lead)]
    story += _section(tables.terms(report, language), language, heading)
    story.append(heading("section_days"))
    story.append(draw_days(report.days, _WIDTH, 52 * mm, language))
    story.append(_paragraph(say("days_note", language), _SMALL))
    chart = draw_months(report.months, report.target, _WIDTH, 48 * mm, language)
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
    widths = [_WIDTH * part for part in (0.19, 0.21, 0.19, 0.23, 0.18)]
    big = ParagraphStyle("big", parent=_TEXT, fontName=BOLD, fontSize=14, leading=19)
    rows: list[list[Any]] = [
        [_paragraph(name, _SMALL) for name, _, _ in cards],
        [_paragraph(value, big) for _, value, _ in cards],
        [_paragraph(note, _SMALL) for _, _, note in cards],
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
        head.append(_paragraph(table.intro, _TEXT))
        head.append(Spacer(0, 1.5 * mm))
    if not table.rows:
        return [KeepTogether(head)]
    shown = table.rows[:_MOST_ROWS] if table.may_be_cut else table.rows
    tail: list[Flowable] = [_paragraph(note, _SMALL) for note in table.notes]
    if len(shown) < len(table.rows):
        tail.insert(0, _paragraph(say("and_more", language).format(len(table.rows) - len(shown)), _SMALL))
    return [CondPageBreak(45 * mm), *head, _grid(table, shown), Spacer(0, 1 * mm), *tail]


def _missing(report: Report, language: Language, heading: _Heading) -> list[Flowable]:
    story: list[Flowable] = []
    for listing in tables.missing(report, language):
        story += _section(listing, language, heading)
    return story


def _grid(table: tables.Listing, rows: Sequence[Sequence[str]]) -> Flowable:
    heads = [_paragraph(h, _HEAD_RIGHT if right else _HEAD) for h, right in zip(table.heads, table.right, strict=True)]
    body = [
        [_paragraph(cell, _RIGHT if right else _TEXT) for cell, right in zip(row, table.right, strict=True)]
        for row in rows
    ]
    total = sum(table.widths)
    style: list[Any] = [
        ("LINEBELOW", (0, 0), (-1, 0), 0.8, INK),
        ("LINEBELOW", (0, 1), (-1, -1), 0.3, LINE),
        ("VALIGN", (0, 0), (-1, -1), "MIDDLE"),
        ("TOPPADDING", (0, 0), (-1, -1), 1.6),
        ("BOTTOMPADDING", (0, 0), (-1, -1), 2.2),
        ("LEFTPADDING", (0, 0), (-1, -1), 3),
        ("RIGHTPADDING", (0, 0), (-1, -1), 3),
    ]
    return Table([heads, *body], [_WIDTH * part / total for part in table.widths], repeatRows=1, style=style)


def _paragraph(words: str, style: ParagraphStyle) -> Paragraph:
    chinese = any(ord(c) > 0x2E80 for c in words)
    wrapping = ParagraphStyle(style.name, parent=style, wordWrap="CJK") if chinese else style
    return Paragraph(escape(_drawn(words)), wrapping)


def _drawn(words: str) -> str:
    """The words with a box for what the fonts lack (a rare character of a name), so that it is seen to be missing."""
    known = drawable()
    return "".join(c if ord(c) in known or c == "\n" else "□" for c in words)


def _draw_banner(canvas: Canvas, report: Report, language: Language) -> None:
    top = A4[1] - _BAND
    canvas.setFillColor(BAND)
    canvas.rect(0, top, A4[0], _BAND, stroke=0, fill=1)
    _string(canvas, _MARGIN, top + 13 * mm, say("title", language), 17, white, BOLD)
    about = f"{scope_title(report, language)} · {month_title(report, language)}"
    _string(canvas, _MARGIN, top + 5.5 * mm, about, 11, white)
    made = f"{say('made', language)} {report.made_at:%Y-%m-%d %H:%M} {report.timezone}"
    canvas.setFont(REGULAR, 7.5)
    canvas.drawRightString(A4[0] - _MARGIN, top + 15 * mm, made)
    canvas.drawRightString(A4[0] - _MARGIN, top + 10.5 * mm, say("notice", language))
    if report.is_open:
        canvas.drawRightString(A4[0] - _MARGIN, top + 6 * mm, say("open", language))


def _string(canvas: Canvas, x: float, y: float, words: str, size: float, colour: Any, font: str = REGULAR) -> None:
    canvas.setFont(font, size)
    canvas.setFillColor(colour)
    canvas.drawString(x, y, _drawn(words))


def _numbered(report: Report, language: Language) -> type[Canvas]:
    """A canvas that knows at the end how many pages there are."""

    class Numbered(Canvas):
        def __init__(self, *arguments: Any, **options: Any) -> None:
            super().__init__(*arguments, **{**options, "initialFontName": REGULAR})
            self._pages: list[dict[str, Any]] = []

        def showPage(self) -> None:  # noqa: N802 - reportlab's name
            self._pages.append(dict(self.__dict__))
            self._startPage()  # type: ignore[attr-defined]

        def save(self) -> None:
            for number, page in enumerate(self._pages, start=1):
                self.__dict__.update(page)
                note = f"ParkWatch · {say('rule', language)} {report.share.rule} · {say('notice', language)}"
                _string(self, _MARGIN, 9 * mm, note, 7.5, FAINT)
                self.drawRightString(A4[0] - _MARGIN, 9 * mm, say("page", language).format(number, len(self._pages)))
                super().showPage()
            super().save()

    return Numbered
