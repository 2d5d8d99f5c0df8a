"""The read replica, where one is set: does it follow this primary, how far behind, and do the two spare each other."""

from __future__ import annotations

from contextlib import closing

from parkwatch.doctor.findings import Finding, fine, note, wrong
from parkwatch.running import database_url
from parkwatch.settings import Settings
from storage.connect import Connection, open_connection
from storage.queries import fetch_dicts
from storage.replica import Lag, Standing, lag_between

PART = "replica"
ANSWER_S = 5.0
FAR_BEHIND_S = 10.0


def examine(settings: Settings) -> list[Finding]:
    """Examine the replica; nothing where none is set.

    Raises:
        Unavailable: it, or the primary, does not answer.
    """
    if settings.read_database_url is None:
        return []
    with (
        closing(open_connection(database_url(settings))) as primary,
        closing(open_connection(settings.read_database_url)) as replica,
    ):
        lag = lag_between(primary, replica, ANSWER_S)
        if lag.standing is Standing.STRANGER:
            why = "the API reads nothing from it, and Grafana, if it does, shows what is not so"
            change = "PARKWATCH_READ_DATABASE_URL must name a streaming replica of PARKWATCH_DATABASE_URL's server"
            what = "it is no standby of this primary, or synchronous_commit is off"
            return [wrong(PART, "follows", what, why, change)]
        return [_behind(lag), _feedback(replica), _kept(primary)]


def _behind(lag: Lag) -> Finding:
    behind_s, behind_bytes = lag.behind_s or 0.0, lag.behind_bytes or 0
    if behind_s > FAR_BEHIND_S:
        what = f"{behind_s:.0f} s and {behind_bytes / 1e6:.1f} MB behind"
        why = "the API leaves it alone and reads from the primary; Grafana shows what was"
        return wrong(PART, "behind", what, why, "is it running, is its line up, is replay paused? pg_stat_wal_receiver")
    return fine(PART, "behind", f"follows, {behind_bytes} bytes behind")


def _feedback(replica: Connection) -> Finding:
    (row,) = fetch_dicts(replica, "read_replication_settings")
    if row["tells"]:
        return fine(PART, "feedback", "the primary knows what its readers need")
    why = "reads that take long are cancelled when the primary cleans up behind them"
    return note(PART, "feedback", "hot_standby_feedback = off", why, "hot_standby_feedback = on, on the replica")


def _kept(primary: Connection) -> Finding:
    (row,) = fetch_dicts(primary, "read_replication_settings")
    if row["has_slot"] and row["keeps_all"]:
        why = "while a replica is away the primary keeps its log for it until the disk is full"
        change = "max_slot_wal_keep_size = 50GB on the primary, or what its disk can spare"
        return note(PART, "log kept", "max_slot_wal_keep_size = -1", why, change)
    return fine(PART, "log kept", "the log that is kept for a replica has a bound")
