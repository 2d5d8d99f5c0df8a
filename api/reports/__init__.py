"""The monthly energy and green-power report, drawn: one model, two languages, XLSX and PDF."""
