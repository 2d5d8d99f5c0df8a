"""A report as bytes in one of the formats that are offered."""

from __future__ import annotations

from accounting.report import Report
from api.reports.pdf import draw_pdf
from api.reports.words import Language
from api.reports.xlsx import draw_xlsx

PDF = "application/pdf"
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
MEDIA = {PDF: "pdf", XLSX: "xlsx"}
"""Media types and file endings; the first is given where nobody asks."""


def draw(report: Report, media: str, language: Language) -> bytes:
    """The report in a media type of `MEDIA`."""
    return {PDF: draw_pdf, XLSX: draw_xlsx}[media](report, language)
