"""What our PDFs are drawn with: A4, colours, styles, text that shows what its fonts lack, grids, numbered pages."""

from __future__ import annotations

import io
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any
from xml.sax.saxutils import escape

from reportlab.lib.colors import HexColor, white
from reportlab.lib.enums import TA_RIGHT
from reportlab.lib.pagesizes import A4
from reportlab.lib.styles import ParagraphStyle
from reportlab.lib.units import mm
from reportlab.pdfgen.canvas import Canvas
from reportlab.platypus import BaseDocTemplate, Flowable, Frame, PageTemplate, Paragraph, Table

from api.reports.fonts import BOLD, REGULAR, drawable, register_fonts
from api.reports.tables import Listing
from api.reports.words import Language

INK, FAINT, BAND, LINE, TINT = (
    HexColor("#1f2a37"), HexColor("#6b7280"), HexColor("#0f3d3a"), HexColor("#d1d5db"), HexColor("#f3f6f5"),
)  # fmt: skip
MARGIN, BANNER = 16 * mm, 25 * mm
WIDTH = A4[0] - 2 * MARGIN

TEXT = ParagraphStyle("text", fontName=REGULAR, fontSize=8.5, leading=12, textColor=INK)
SMALL = ParagraphStyle("small", parent=TEXT, fontSize=7.5, leading=10.5, textColor=FAINT)
RIGHT = ParagraphStyle("right", parent=TEXT, alignment=TA_RIGHT)
HEAD = ParagraphStyle("head", parent=TEXT, fontName=BOLD, textColor=FAINT, fontSize=7.5)
HEAD_RIGHT = ParagraphStyle("head-right", parent=HEAD, alignment=TA_RIGHT)
SECTION = ParagraphStyle("section", parent=TEXT, fontName=BOLD, fontSize=11, leading=15, spaceBefore=9, spaceAfter=4)
LEAD = ParagraphStyle("lead", parent=TEXT, fontSize=9.5, leading=14)


Draw = Callable[[Canvas], None]


@dataclass(frozen=True, slots=True)
class Document:
    """What stands around a document's text.

    Attributes:
        note: at the foot of every page.
        page: the words of the page number, as `numbered` takes them.
        banner: draws the top of the first page; ``head`` that of the later ones.
    """

    title: str
    note: str
    page: str
    language: Language
    banner: Draw
    head: Draw | None = None


def draw_document(document: Document, story: list[Flowable]) -> bytes:
    """A PDF with its fonts inside; the same document gives the same bytes."""
    register_fonts()
    sink = io.BytesIO()
    template = BaseDocTemplate(
        sink,
        pagesize=A4,
        title=document.title,
        author="ParkWatch",
        lang="zh-CN" if document.language == "zh" else "en",
        invariant=True,
    )
    first = Frame(MARGIN, 16 * mm, WIDTH, A4[1] - BANNER - 19 * mm, 0, 0, 0, 0)
    later = Frame(MARGIN, 16 * mm, WIDTH, A4[1] - 32 * mm, 0, 0, 0, 0)

    def draw_head(canvas: Canvas, _: BaseDocTemplate) -> None:
        if document.head is not None:
            document.head(canvas)

    template.addPageTemplates([
        PageTemplate("first", [first], onPage=lambda canvas, _: document.banner(canvas), autoNextPageTemplate="later"),
        PageTemplate("later", [later], onPage=draw_head),
    ])  # fmt: skip
    template.build(story, canvasmaker=numbered(document.note, document.page))
    return sink.getvalue()


def draw_banner(canvas: Canvas, title: str, about: str, beside: Sequence[str]) -> None:
    """The band at the top: title, what it is about, and small lines at its right."""
    top = A4[1] - BANNER
    canvas.setFillColor(BAND)
    canvas.rect(0, top, A4[0], BANNER, stroke=0, fill=1)
    string(canvas, MARGIN, top + 13 * mm, title, 17, white, BOLD)
    string(canvas, MARGIN, top + 5.5 * mm, about, 11, white)
    canvas.setFont(REGULAR, 7.5)
    for i, words in enumerate(beside):
        canvas.drawRightString(A4[0] - MARGIN, top + (15 - 4.5 * i) * mm, words)


def grid(table: Listing, rows: Sequence[Sequence[str]]) -> Flowable:
    """A table with a head that repeats on every page."""
    heads = [paragraph(h, HEAD_RIGHT if right else HEAD) for h, right in zip(table.heads, table.right, strict=True)]
    body = [
        [paragraph(cell, RIGHT if right else TEXT) for cell, right in zip(row, table.right, strict=True)]
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
    return Table([heads, *body], [WIDTH * part / total for part in table.widths], repeatRows=1, style=style)


def paragraph(words: str, style: ParagraphStyle) -> Paragraph:
    """Words as a paragraph; Chinese ones break anywhere."""
    chinese = any(ord(c) > 0x2E80 for c in words)
    wrapping = ParagraphStyle(style.name, parent=style, wordWrap="CJK") if chinese else style
    return Paragraph(escape(drawn(words)), wrapping)


def drawn(words: str) -> str:
    """The words with a box for what the fonts lack (a rare character of a name), so that it is seen to be missing."""
    known = drawable()
    return "".join(c if ord(c) in known or c == "\n" else "□" for c in words)


def string(canvas: Canvas, x: float, y: float, words: str, size: float, colour: Any, font: str = REGULAR) -> None:
    """Words at a place of the page, points from its lower left corner."""
    canvas.setFont(font, size)
    canvas.setFillColor(colour)
    canvas.drawString(x, y, drawn(words))


def numbered(note: str, page: str) -> type[Canvas]:
    """A canvas that knows at the end how many pages there are.

    Args:
        note: stands at the foot of every page.
        page: the words for "page {} of {}".
    """

    class Numbered(Canvas):
        def __init__(self, *arguments: Any, **options: Any) -> None:
            super().__init__(*arguments, **{**options, "initialFontName": REGULAR})
            self._pages: list[dict[str, Any]] = []

        def showPage(self) -> None:  # noqa: N802 - reportlab's name
            self._pages.append(dict(self.__dict__))
            self._startPage()  # type: ignore[attr-defined]

        def save(self) -> None:
            for number, kept in enumerate(self._pages, start=1):
                self.__dict__.update(kept)
                string(self, MARGIN, 9 * mm, note, 7.5, FAINT)
                self.drawRightString(A4[0] - MARGIN, 9 * mm, page.format(number, len(self._pages)))
                super().showPage()
            super().save()

    return Numbered
