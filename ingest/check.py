"""What ingest would say about a payload, without storing anything."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Any

from ingest.assemble import DECODERS, Message, assemble_columns
from ingest.directory import Directory, PointRow


def check_payload(
    payload: bytes, language: str, enterprise: str, directory: Directory | None, now: dt.datetime
) -> Mapping[str, Any]:
    """Examine one payload as ingest would.

    Args:
        language: ``telemetry`` or another key of the decoders.
        directory: the registry to identify points by; None examines the form alone.

    Returns:
        ``received``, ``accepted``, ``readings`` (the first, as understood), ``rejected`` with reason and detail.
    """
    columns = DECODERS[language](payload)
    readings = [
        {"point": p, "ts": dt.datetime.fromtimestamp(t / 1e6, dt.UTC).isoformat(), "value": v, "flag": f}
        for p, t, v, f in zip(columns.points, columns.ts_us, columns.values, columns.flags, strict=True)
    ]
    received = len(columns.points) + len(columns.refusals)
    known = directory or _every_point_known(enterprise, columns.points)
    message = Message(enterprise, "check", f"check/{enterprise}", language, payload)
    batch = assemble_columns([message], [columns], known, now)
    refusals = batch.deliveries[0].refusals
    return {
        "id": columns.message_id,
        "received": received,
        "accepted": received - len(refusals),
        "identified": directory is not None,
        "readings": readings[:5],
        "rejected": [{"point": r.point, "ts": r.ts, "reason": r.reason.value, "detail": r.detail} for r in refusals],
    }


def _every_point_known(enterprise: str, points: list[str]) -> Directory:
    known = enumerate(dict.fromkeys(points))
    return Directory([PointRow(i, enterprise, point, "gauge", 60.0, None, None, None, None) for i, point in known], 0)
