"""The evidence bundle of an alert on a share or a budget: what it was judged by, and the account as it stands. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from alerts.bundle import plain, shown_alert

FORMAT = "parkwatch-account-evidence/1"


def assemble_account(
    alert: Mapping[str, Any], accounts: Sequence[Mapping[str, Any]], notices: Sequence[Mapping[str, Any]]
) -> dict[str, Any]:
    """The bundle as JSON values; stamps are RFC 3339 in UTC.

    Args:
        accounts: the rows of the period by the accounting rule, with coverage, instruments, factors.
    """
    return {
        "format": FORMAT,
        "alert": shown_alert(alert),
        "place": {name: alert[name] for name in ("scope", "enterprise", "enterprise_name", "park")},
        "period": alert["period"],
        "rule": alert["rule_body"],
        "judgement": alert["evidence"],
        "accounts": [{"subject": row["subject"], **row["account"]} for row in accounts],
        "notifications": [plain(row) for row in notices],
    }
