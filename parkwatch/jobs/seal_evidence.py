"""Evidence of exceedances that are over gets its seal."""

from __future__ import annotations

import datetime as dt
from zoneinfo import ZoneInfo

from alerts import seal
from parkwatch.schedule import Job
from storage.connect import Connection


def seal_job() -> Job:
    """Looks every half minute."""

    def run(connection: Connection, _timezone: ZoneInfo, now: dt.datetime) -> str:
        sealed = seal.seal_evidence(connection, now)
        return f"{sealed} bundles of evidence sealed" if sealed else ""

    return Job("seal_evidence", 30.0, run)
