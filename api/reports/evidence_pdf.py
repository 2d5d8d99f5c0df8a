"""The evidence bundle (线索材料) as PDF, A4: what was judged and how, the chart, then all that it rests on."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from reportlab.lib.units import mm
from reportlab.pdfgen.canvas import Canvas
from reportlab.platypus import CondPageBreak, Flowable, Spacer, Table

from api.reports.evidence_chart import draw_period
from api.reports.evidence_words import name_of, tell
from api.reports.page import (
    LEAD,
    LINE,
    SECTION,
    SMALL,
    TEXT,
    WIDTH,
    Document,
    draw_banner,
    draw_document,
    grid,
    paragraph,
)  # fmt: skip
from api.reports.tables import Listing
from api.reports.words import Language

_DATA_FLAGS = "NFMSDCTB"
_ACROSS = 5  # readings beside each other


@dataclass(frozen=True, slots=True)
class Sheet:
    """What a PDF shows: the bundle, its hash, when it was sealed, and the trail of the alert."""

    bundle: Mapping[str, Any]
    sha256: str
    sealed_at: dt.datetime | None
    trail: Sequence[Mapping[str, Any]]
    zone: dt.tzinfo
    made_at: dt.datetime
    language: Language = "zh"

    def say(self, key: str) -> str:
        return tell(key, self.language)

    def local(self, stamp: str | dt.datetime | None, form: str = "%Y-%m-%d %H:%M:%S") -> str:
        """A stamp in local time; a dash where there is none."""
        if stamp is None:
            return "-"
        at = dt.datetime.fromisoformat(stamp) if isinstance(stamp, str) else stamp
        return at.astimezone(self.zone).strftime(form)


def draw_evidence(sheet: Sheet) -> bytes:
    """The bundle as a PDF with its fonts inside."""
    note = f"ParkWatch · {sheet.say('notice')} · SHA-256 {sheet.sha256[:16]}…"
    title = f"{sheet.say('title')} {sheet.bundle['alert']['id']}"
    document = Document(title, note, sheet.say("page"), sheet.language, banner=lambda canvas: _banner(canvas, sheet))
    return draw_document(document, _story(sheet))


def _banner(canvas: Canvas, sheet: Sheet) -> None:
    place = sheet.bundle["place"]
    title = f"{sheet.say('title')}  No. {sheet.bundle['alert']['id']}"
    about = f"{place['enterprise_name']} · {place['point_name']} ({place['point']})"
    draw_banner(canvas, title, about, [f"{sheet.say('made')} {sheet.local(sheet.made_at)}", sheet.say("notice")])


def _story(sheet: Sheet) -> list[Flowable]:
    alert = sheet.bundle["alert"]
    words = alert["words"] if sheet.language == "zh" else alert["words_en"]
    numbers = f"{alert['value']:.4g} {alert['unit']}, {sheet.say('limit')} {alert['limit']:g} {alert['unit']}"
    story: list[Flowable] = [Spacer(0, 1 * mm), paragraph(f"{words}:{numbers}", LEAD), Spacer(0, 2 * mm), _facts(sheet)]
    story += [paragraph(sheet.say("chart"), SECTION)]
    story.append(draw_period(sheet.bundle, WIDTH, 62 * mm, sheet.zone, sheet.language))
    flags = sheet.bundle["flags"]
    counted = ", ".join(f"{flag} {flags[flag]}" for flag in _DATA_FLAGS if flag in flags)
    story.append(paragraph(f"{sheet.say('flags')}: {counted or '-'}", SMALL))
    for make in (_hours, _conversions, _marks, _corrections, _notices, _trail, _samples):
        story += _section(make(sheet))
    return story + _seal(sheet)


def _facts(sheet: Sheet) -> Flowable:
    alert, place, say = sheet.bundle["alert"], sheet.bundle["place"], sheet.say
    basis = " ".join(part for part in (alert["standard"], alert["clause"]) if part) or "-"
    over = say("open") if alert["resolved_at"] is None else sheet.local(alert["resolved_at"])
    state = name_of(alert["state"], sheet.language) + (f" · {say('late')}" if alert["late"] else "")
    conversion = sheet.bundle["conversion"]
    before, after = (
        f"{name_of(conversion[f'{side}_basis'], sheet.language)} {conversion[f'{side}_unit']}"
        for side in ("reported", "judged")
    )
    rows = [
        (say("item"), place["quantity"], say("statistic"), name_of(alert["statistic"], sheet.language)),
        (say("value"), f"{alert['value']!r} {alert['unit']}", say("limit"), f"{alert['limit']!r} {alert['unit']}"),
        (say("clause"), basis + ("" if alert["verified"] else say("unverified")), say("rule"), alert["rule"]),
        (say("from_to"), f"{sheet.local(alert['opened_at'])} - {over}", say("state"), state),
        (say("conversion"), before if before == after else f"{before} → {after}", "", ""),
    ]
    cells = [[paragraph(str(c), SMALL if i % 2 == 0 else TEXT) for i, c in enumerate(row)] for row in rows]
    style: Any = [("LINEBELOW", (0, 0), (-1, -1), 0.3, LINE), ("VALIGN", (0, 0), (-1, -1), "MIDDLE"),
                  ("LEFTPADDING", (0, 0), (-1, -1), 3), ("TOPPADDING", (0, 0), (-1, -1), 2)]  # fmt: skip
    return Table(cells, [WIDTH * part for part in (0.13, 0.42, 0.11, 0.34)], style=style)


def _section(listing: Listing) -> list[Flowable]:
    head: list[Flowable] = [CondPageBreak(30 * mm), paragraph(listing.title, SECTION)]
    if not listing.rows:
        return [*head, paragraph(listing.intro, TEXT)]
    return [*head, grid(listing, listing.rows), *(paragraph(note, SMALL) for note in listing.notes)]


def _listing(sheet: Sheet, title: str, heads: Sequence[str], widths: Sequence[float], rows: Any, none: str) -> Listing:
    names = tuple(sheet.say(head) if head else "" for head in heads)
    intro = "-" if not none else sheet.say(none)
    return Listing(sheet.say(title), names, (False,) * len(names), tuple(widths), rows, intro)


def _hours(sheet: Sheet) -> Listing:
    rows = [
        (sheet.local(h["hour"], "%m-%d %H:%M"), str(h["n"]), str(h["n_valid"]), f"{h['covered_s'] / 60:.1f}",
         _figure(h["mean"]), _figure(h["max"]), sheet.say("yes" if h["valid"] else "no"))
        for h in sheet.bundle["hours"]
    ]  # fmt: skip
    heads = ("hour", "n", "n_valid", "covered", "mean", "max", "valid")
    return _listing(sheet, "hours", heads, (18, 12, 12, 14, 16, 16, 12), rows, "")


def _conversions(sheet: Sheet) -> Listing:
    """One line for each hour and each of the terms it was brought to; those that were judged carry a star."""
    judged = sheet.bundle["judgement"].get("series")
    rows = [
        (
            sheet.local(c["hour"], "%m-%d %H:%M"),
            _terms(c["series"], judged),
            str(c["conversion"]["minutes"]),
            _figure(c["mean"]),
            _steps(c["conversion"], sheet),
            _inputs(c["conversion"], sheet),
            _lost(c["conversion"], sheet),
        )
        for c in sheet.bundle["conversions"]
    ]
    heads = ("hour", "terms", "minutes", "mean", "steps", "inputs", "lost")
    return _listing(sheet, "conversions", heads, (12, 13, 7, 9, 20, 28, 11), rows, "no_conversions")


def _terms(series: str, judged: str | None) -> str:
    return series.replace(";", "; ") + (" *" if series == judged else "")


def _steps(conversion: Mapping[str, Any], sheet: Sheet) -> str:
    return "; ".join(
        f"{name_of(s['step'], sheet.language)} ×{_figure(s['factor'])}"
        + (f" ({s['reference_o2']:g} %)" if s.get("reference_o2") is not None else "")
        for s in conversion["steps"]
    )


def _inputs(conversion: Mapping[str, Any], sheet: Sheet) -> str:
    return "; ".join(
        f"{name_of('oxygen_content' if i['input'] == 'oxygen' else i['input'], sheet.language)} {_figure(i['mean'])}"
        f" ({_figure(i['min'])} ~ {_figure(i['max'])}) {i['point']}"
        for i in conversion["inputs"]
    )


def _lost(conversion: Mapping[str, Any], sheet: Sheet) -> str:
    lost = conversion["lost_minutes"].items()
    return "; ".join(f"{name_of(reason, sheet.language)} {n}" for reason, n in lost) or "-"


def _marks(sheet: Sheet) -> Listing:
    rows = [
        (name_of(m["kind"], sheet.language), sheet.local(m["from_ts"], "%m-%d %H:%M"),
         sheet.local(m["to_ts"], "%m-%d %H:%M"), str(m["author"]), str(m["reason"]))
        for m in sheet.bundle["marks"]
    ]  # fmt: skip
    return _listing(sheet, "marks", ("kind", "from_to", "", "author", "reason"), (14, 18, 18, 16, 34), rows, "no_marks")


def _corrections(sheet: Sheet) -> Listing:
    rows = [
        (sheet.local(r["ts"]), f"{r['value']:g}", str(r["flag"]), sheet.local(r["superseded_at"]))
        for r in sheet.bundle["corrections"]
    ]
    heads = ("ts", "old_value", "flag", "superseded")
    return _listing(sheet, "corrections", heads, (30, 20, 15, 35), rows, "no_corrections")


def _notices(sheet: Sheet) -> Listing:
    rows = [
        (str(n["channel"]), name_of(n["state"], sheet.language), sheet.local(n["created_at"]),
         sheet.local(n["delivered_at"]), str(n["text"] or n["last_error"] or ""))
        for n in sheet.bundle["notifications"]
    ]  # fmt: skip
    heads = ("channel", "state", "put_out", "delivered", "note")
    return _listing(sheet, "notices", heads, (12, 11, 20, 20, 37), rows, "no_notices")


def _trail(sheet: Sheet) -> Listing:
    steps = [step for step in sheet.trail if step["actor"] != "parkwatch"]
    rows = [
        (sheet.local(s["at"]), str(s["actor"]), name_of(s["event"], sheet.language),
         " → ".join(str(v) for v in (s["was"], s["becomes"]) if v is not None) or "-", _said(s["detail"], sheet))
        for s in steps
    ]  # fmt: skip
    return _listing(sheet, "trail", ("ts", "who", "what", "change", "note"), (20, 16, 12, 20, 32), rows, "no_trail")


def _said(detail: Mapping[str, Any], sheet: Sheet) -> str:
    return "; ".join(name_of(str(value), sheet.language) for value in detail.values() if value)


def _samples(sheet: Sheet) -> Listing:
    cells = [
        f"{sheet.local(s['ts'], '%d %H:%M:%S')}  {s['value']:g}{'' if s['flag'] == 'N' else ' ' + s['flag']}"
        for s in sheet.bundle["samples"]
    ]
    deep = -(-len(cells) // _ACROSS)
    rows = [tuple(cells[i + column * deep] if i + column * deep < len(cells) else "" for column in range(_ACROSS))
            for i in range(deep)]  # fmt: skip
    listing = _listing(sheet, "samples", ("",) * _ACROSS, (1,) * _ACROSS, rows, "")
    if sheet.bundle["samples_left_off"]:
        listing.notes.append(sheet.say("left_off").format(len(cells)))
    return listing


def _seal(sheet: Sheet) -> list[Flowable]:
    told = sheet.say("sealed").format(sheet.local(sheet.sealed_at)) if sheet.sealed_at else sheet.say("unsealed")
    verify = sheet.say("verify").format(sheet.bundle["alert"]["id"])
    return [CondPageBreak(25 * mm), paragraph(sheet.say("seal"), SECTION), paragraph(told, TEXT),
            paragraph(sheet.sha256, TEXT), paragraph(verify, SMALL)]  # fmt: skip


def _figure(value: float | None) -> str:
    return "-" if value is None else f"{value:.4g}"
