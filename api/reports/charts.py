"""The two charts of a report as vector drawings: electricity by day, share by month."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any, Literal

from reportlab.graphics.shapes import Drawing, Line, PolyLine, Rect, String
from reportlab.lib.colors import Color, HexColor, white

from accounting.report import Share
from api.reports.fonts import REGULAR
from api.reports.words import Language, say

INK, FAINT, GRID = HexColor("#1f2a37"), HexColor("#6b7280"), HexColor("#e5e7eb")
DIRECT, OWN, REST, SHARE, GOAL = (
    HexColor("#0f766e"), HexColor("#65a30d"), HexColor("#cbd5e1"), HexColor("#0f766e"), HexColor("#b45309"),
)  # fmt: skip
_Anchor = Literal["start", "middle", "end"]
_At = Callable[[float], float]
LEFT, RIGHT, BOTTOM, TOP = 40.0, 8.0, 18.0, 24.0


def draw_days(days: Sequence[Share], width: float, height: float, language: Language) -> Drawing:
    """Stacked bars of a month's days, MWh: direct line, self-used, other electricity."""
    drawing = Drawing(width, height)
    most = max((day.consumption_kwh or 0.0) / 1000 for day in days) if days else 0.0
    top = axis(drawing, most, "MWh", "{:,.0f}")
    slot = (width - LEFT - RIGHT) / max(len(days), 1)
    for i, day in enumerate(days):
        x, base = LEFT + (i + 0.15) * slot, BOTTOM
        rest = max((day.consumption_kwh or 0.0) - day.direct_line_kwh - day.self_used_kwh, 0.0)
        for energy_kwh, colour in ((day.direct_line_kwh, DIRECT), (day.self_used_kwh, OWN), (rest, REST)):
            tall = energy_kwh / 1000 / top * (height - BOTTOM - TOP)
            drawing.add(bar(x, base, 0.7 * slot, tall, colour))
            base += tall
        if len(days) <= 16 or i % 2 == 0:
            text(drawing, x + 0.35 * slot, 6, day.label.lstrip("0"), anchor="middle")
    legend(drawing, [("direct_line", DIRECT), ("self_used", OWN), ("rest", REST)], language)
    return drawing


def draw_months(
    months: Sequence[Share], target: tuple[float, int] | None, width: float, height: float, language: Language
) -> Drawing:
    """The share of each month with its bounds as whiskers, and the plan's share as a line."""
    drawing = Drawing(width, height)
    ends = [share.share_high for share in months if share.share_high is not None]
    shown = [share.policy_share for share in months if share.policy_share is not None]
    most = max([*shown, *(end for end in ends if end < 0.95), *([target[0]] if target else []), 0.1])
    top = axis(drawing, 100 * most, "%", "{:.0f}")
    room, slot = height - BOTTOM - TOP, (width - LEFT - RIGHT) / 12

    def at(share: float) -> float:
        return BOTTOM + min(100 * share / top, 1.0) * room

    for i in range(1, 13):
        text(drawing, LEFT + (i - 0.5) * slot, 6, f"{i}月" if language == "zh" else str(i), anchor="middle")
    names: list[tuple[str, Color]] = [("policy", SHARE)]
    if target:
        y = at(target[0])
        drawing.add(Line(LEFT, y, width - RIGHT, y, strokeColor=GOAL, strokeWidth=1, strokeDashArray=[4, 2]))
        names.append(("target", GOAL))
    for share in months:
        if share.policy_share is not None:
            _month_bar(drawing, share, LEFT + (int(share.label[5:7]) - 0.5) * slot, slot, at)
    tail = {"target": f" {100 * target[0]:g} % ({target[1]})"} if target else {}
    legend(drawing, names, language, tail)
    return drawing


def _month_bar(drawing: Drawing, share: Share, centre: float, slot: float, at: _At) -> None:
    height = at(share.policy_share or 0.0) - BOTTOM
    drawing.add(bar(centre - 0.28 * slot, BOTTOM, 0.56 * slot, height, SHARE))
    top = at(share.policy_share or 0.0)
    if share.share_low is not None and share.share_high is not None:
        low, high = at(share.share_low), at(share.share_high)
        if high - low > 1:
            for points in ([centre, low, centre, high], [centre - 3, low, centre + 3, low],
                           [centre - 3, high, centre + 3, high]):  # fmt: skip
                drawing.add(PolyLine(points, strokeColor=INK, strokeWidth=0.8))
            top = max(top, high)
    drawing.add(bar(centre - 10, top + 2, 20, 8, white))
    text(drawing, centre, top + 3, f"{100 * (share.policy_share or 0.0):.1f}", anchor="middle", colour=INK)


def axis(drawing: Drawing, most: float, unit: str, form: str) -> float:
    """Grid lines and their labels; the value at the top."""
    step = _step(most / 4) if most > 0 else 1.0
    top = step * max(math.ceil(most / step), 1)
    room = drawing.height - BOTTOM - TOP
    for i in range(round(top / step) + 1):
        y = BOTTOM + i * step / top * room
        drawing.add(Line(LEFT, y, drawing.width - RIGHT, y, strokeColor=GRID, strokeWidth=0.5))
        text(drawing, LEFT - 4, y - 2.5, form.format(i * step), anchor="end")
    text(drawing, LEFT - 4, drawing.height - 12, unit, anchor="end")
    return float(top)


def bar(x: float, y: float, width: float, height: float, colour: Color) -> Rect:
    look: dict[str, Any] = {"fillColor": colour, "strokeColor": None}
    return Rect(x, y, width, height, **look)


def _step(rough: float) -> float:
    """The next of 1, 2, 2.5, 5 times a power of ten."""
    power = 10 ** math.floor(math.log10(rough))
    return float(next(m * power for m in (1, 2, 2.5, 5, 10) if m * power >= rough))


def legend(
    drawing: Drawing, names: Sequence[tuple[str, Color]], language: Language, tail: dict[str, str] | None = None
) -> None:
    x = LEFT
    for key, colour in names:
        words = say(key, language) + (tail or {}).get(key, "")
        drawing.add(bar(x, drawing.height - 12, 8, 8, colour))
        text(drawing, x + 12, drawing.height - 11, words, colour=INK)
        x += 26 + sum(8.0 if ord(c) > 255 else 4.4 for c in words)


def text(drawing: Drawing, x: float, y: float, words: str, *, anchor: _Anchor = "start", colour: Color = FAINT) -> None:
    drawing.add(String(x, y, words, fontName=REGULAR, fontSize=7.5, fillColor=colour, textAnchor=anchor))
