"""Evidence is sealed when an exceedance is over, and can be verified against what is stored ever after."""

from __future__ import annotations

import datetime as dt
import json
from dataclasses import dataclass
from itertools import islice
from typing import Any

from alerts.account_bundle import assemble_account
from alerts.bundle import MOST_SAMPLES, Change, Parts, assemble, canonical, changes, period_of, sha256_of
from schemas.errors import NotFound
from storage.connect import Connection
from storage.evidence import (
    Seal,
    add_seal,
    find_alert,
    find_scope_alert,
    list_accounts,
    list_notices,
    list_rows,
    list_seals,
    list_unsealed,
)

QUIET = dt.timedelta(minutes=5)
PATIENCE = dt.timedelta(hours=1)  # for messages that are still to be delivered
MOST_CHANGES = 200
_AT_ONCE = 50


@dataclass(frozen=True, slots=True)
class Verification:
    """A seal against what is stored now.

    Attributes:
        intact: the sealed text still has its hash.
        changes: where the evidence, assembled anew, is another; at most ``MOST_CHANGES`` of them.
    """

    seal: Seal
    intact: bool
    sha256_now: str
    changes: list[Change]

    @property
    def unchanged(self) -> bool:
        return self.intact and self.sha256_now == self.seal.sha256


def bundle_of(connection: Connection, alert_id: int) -> dict[str, Any]:
    """The evidence of an alert as it stands.

    Raises:
        NotFound: no such alert.
    """
    of_scope = find_scope_alert(connection, alert_id)
    if of_scope is not None:
        accounts = list_accounts(connection, of_scope)
        return assemble_account(of_scope, accounts, list_notices(connection, alert_id))
    alert = find_alert(connection, alert_id)
    rows = list_rows(connection, alert["point_id"], *period_of(alert), MOST_SAMPLES + 1)
    return assemble(Parts(alert, notices=list_notices(connection, alert_id), **rows))


def seal_evidence(connection: Connection, now: dt.datetime) -> int:
    """Seal the exceedances that are over and quiet; how many."""
    with connection.transaction():
        found = list_unsealed(connection, now - QUIET, now - PATIENCE, _AT_ONCE)
        for unsealed in found:
            body = canonical(bundle_of(connection, unsealed.id))
            add_seal(connection, unsealed, now, sha256_of(body), body)
    return len(found)


def verify(connection: Connection, alert_id: int) -> Verification:
    """The newest seal of an alert against what is stored.

    Raises:
        NotFound: no such alert, or it has no seal.
    """
    now = canonical(bundle_of(connection, alert_id))
    seals = list_seals(connection, alert_id)
    if not seals:
        raise NotFound(f"alert {alert_id} has no seal: an exceedance gets one some minutes after it is over")
    seal = seals[-1]
    found = changes(json.loads(seal.body), json.loads(now)) if seal.body != now else iter(())
    return Verification(seal, sha256_of(seal.body) == seal.sha256, sha256_of(now), list(islice(found, MOST_CHANGES)))
