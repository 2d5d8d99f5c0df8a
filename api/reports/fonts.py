"""The fonts that a PDF embeds: it must read the same on a machine that has no Chinese font."""

from __future__ import annotations

from functools import cache
from importlib.resources import as_file, files

from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.ttfonts import TTFont

REGULAR, BOLD = "ParkWatchSans-Regular", "ParkWatchSans-Bold"


@cache
def register_fonts() -> None:
    """Let reportlab know the fonts, once a process."""
    for name in (REGULAR, BOLD):
        with as_file(files("api.reports") / "fonts" / f"{name}.ttf") as path:
            pdfmetrics.registerFont(TTFont(name, str(path)))
    pdfmetrics.registerFontFamily(REGULAR, normal=REGULAR, bold=BOLD, italic=REGULAR, boldItalic=BOLD)


@cache
def drawable() -> frozenset[int]:
    """Code points that the fonts have."""
    register_fonts()
    return frozenset(pdfmetrics.getFont(REGULAR).face.charToGlyph)  # type: ignore[attr-defined]
