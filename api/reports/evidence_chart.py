"""The chart of an evidence bundle: readings of the period, flagged ones apart, hourly means and the limit."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from typing import Any

from reportlab.graphics.shapes import Circle, Drawing, Line, PolyLine
from reportlab.lib.colors import HexColor

from api.reports.charts import BOTTOM, INK, LEFT, RIGHT, TOP, axis, bar, text
from api.reports.evidence_words import tell
from api.reports.words import Language

READING, FLAGGED, MEAN, LIMIT = HexColor("#0f766e"), HexColor("#9ca3af"), HexColor("#1d4ed8"), HexColor("#b91c1c")
_HOUR_S = 3600
_BROKEN = 3  # a line is not drawn over a gap of so many intervals
_TICKS_S = (600, 1_800, 3_600, 7_200, 14_400, 21_600, 43_200, 86_400)


def draw_period(bundle: Mapping[str, Any], width: float, height: float, zone: dt.tzinfo, language: Language) -> Drawing:
    """The drawing: hours and limit as they were judged, and the readings beside them where they share the unit."""
    drawing = Drawing(width, height)
    start, end = (dt.datetime.fromisoformat(bundle["period"][key]).timestamp() for key in ("from", "to"))
    hours, converted = _judged_hours(bundle)
    reported = bundle["conversion"]["reported_unit"]
    unit = converted or reported
    valid, flagged = _split(bundle["samples"] if unit == reported else [])
    limit = _limit_as_converted(bundle) if converted else _limit_in_point_unit(bundle)
    means = [hour["mean"] for hour in hours if hour["mean"] is not None]
    top = axis(drawing, max([limit, *means, *(v for _, v in (*valid, *flagged))]) * 1.05, unit, "{:g}")
    room = (width - LEFT - RIGHT, height - BOTTOM - TOP)

    def at(ts: float, value: float) -> tuple[float, float]:
        share = (ts - start) / max(end - start, 1.0)
        return LEFT + share * room[0], BOTTOM + min(max(value, 0.0) / top, 1.0) * room[1]

    _hours(drawing, start, end, at, zone)
    for line in _unbroken(valid, bundle["place"]["interval_s"]):
        points = [coordinate for ts, value in line for coordinate in at(ts, value)]
        drawing.add(PolyLine(points, strokeColor=READING, strokeWidth=0.9))
    for ts, value in flagged:
        drawing.add(Circle(*at(ts, value), 1.2, fillColor=FLAGGED, strokeColor=None))
    for hour in hours:
        _mean(drawing, hour, (start, end), at)
    for x, y in [at(start, limit)]:
        drawing.add(Line(x, y, width - RIGHT, y, strokeColor=LIMIT, strokeWidth=1, strokeDashArray=[4, 2]))
    mean = "converted_mean" if converted else "mean"
    _names(drawing, [("reading", READING), ("flagged", FLAGGED), (mean, MEAN), ("limit", LIMIT)], language)
    return drawing


def _split(samples: Sequence[Mapping[str, Any]]) -> tuple[list[tuple[float, float]], list[tuple[float, float]]]:
    valid: list[tuple[float, float]] = []
    flagged: list[tuple[float, float]] = []
    for sample in samples:
        row = (dt.datetime.fromisoformat(sample["ts"]).timestamp(), float(sample["value"]))
        (valid if sample["flag"] == "N" else flagged).append(row)
    return valid, flagged


def _limit_in_point_unit(bundle: Mapping[str, Any]) -> float:
    """The limit as the readings are written; the judgement's own peak says how the units relate."""
    peak, conversion = bundle["alert"]["value"], bundle["conversion"]
    if conversion["judged_unit"] == conversion["reported_unit"] or not peak:
        return float(bundle["alert"]["limit"])
    scales = {("mg/m3", "ug/m3"): 1e3, ("ug/m3", "mg/m3"): 1e-3, ("g/m3", "mg/m3"): 1e3, ("mg/m3", "g/m3"): 1e-3}
    scale = scales.get((conversion["judged_unit"], conversion["reported_unit"]), 1.0)
    return float(bundle["alert"]["limit"]) * scale


def _limit_as_converted(bundle: Mapping[str, Any]) -> float:
    """The limit in mg/m3 or kg/h, as converted hours are."""
    to_unit = {"ug/m3": 1e-3, "g/m3": 1e3, "g/h": 1e-3, "t/h": 1e3}
    return float(bundle["alert"]["limit"]) * to_unit.get(bundle["conversion"]["judged_unit"], 1.0)


def _judged_hours(bundle: Mapping[str, Any]) -> tuple[Sequence[Mapping[str, Any]], str | None]:
    """The hours that were judged, and the unit that they were converted to for it."""
    series = bundle["judgement"].get("series")
    converted = [hour for hour in bundle["conversions"] if series and hour["series"] == series]
    if not converted:
        return bundle["hours"], None
    return converted, "kg/h" if "kg/h" in str(series).split(";") else "mg/m3"


def _unbroken(values: list[tuple[float, float]], interval_s: float) -> list[list[tuple[float, float]]]:
    lines: list[list[tuple[float, float]]] = []
    for row in values:
        if not lines or row[0] - lines[-1][-1][0] > _BROKEN * interval_s:
            lines.append([])
        lines[-1].append(row)
    return [line if len(line) > 1 else [line[0], (line[0][0] + interval_s, line[0][1])] for line in lines]


def _mean(drawing: Drawing, hour: Mapping[str, Any], span: tuple[float, float], at: Any) -> None:
    if hour["mean"] is None:
        return
    begin = dt.datetime.fromisoformat(hour["hour"]).timestamp()
    left, y = at(max(begin, span[0]), hour["mean"])
    right, _ = at(min(begin + _HOUR_S, span[1]), hour["mean"])
    look: dict[str, Any] = {"strokeColor": MEAN, "strokeWidth": 1.6}
    if not hour["valid"]:
        look["strokeDashArray"] = [1, 2]
    drawing.add(Line(left, y, right, y, **look))


def _hours(drawing: Drawing, start: float, end: float, at: Any, zone: dt.tzinfo) -> None:
    step = next((step for step in _TICKS_S if (end - start) / step <= 12), _TICKS_S[-1])
    tick = -(-start // step) * step
    while tick <= end:
        local = dt.datetime.fromtimestamp(tick, zone)
        words = f"{local:%m-%d}" if step >= 86_400 else f"{local:%H:%M}"
        text(drawing, at(tick, 0)[0], 6, words, anchor="middle")
        tick += step


def _names(drawing: Drawing, names: Sequence[tuple[str, Any]], language: Language) -> None:
    x = LEFT + 24
    for key, colour in names:
        words = tell(key, language)
        drawing.add(bar(x, drawing.height - 12, 8, 8, colour))
        text(drawing, x + 12, drawing.height - 11, words, colour=INK)
        x += 26 + sum(8.0 if ord(c) > 255 else 4.4 for c in words)
