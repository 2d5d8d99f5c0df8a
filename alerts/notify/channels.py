"""The ways out: a channel takes a message or raises NotDelivered."""

from __future__ import annotations

import http.client
import json
import logging
import urllib.error
import urllib.request
from dataclasses import dataclass
from typing import Any, Protocol
from urllib.parse import urlsplit

from schemas.errors import InvalidInput, Unavailable

log = logging.getLogger("parkwatch.alerts")


class NotDelivered(Unavailable):
    """The other side did not take the message; trying again can help."""


class Channel(Protocol):
    def send(self, message_id: int, payload: dict[str, Any]) -> None:
        """Hand a message over; the id is the same when it is tried again.

        Raises:
            NotDelivered: it was not taken.
        """


class LogChannel:
    """Alerts and digests as lines of the log."""

    def send(self, message_id: int, payload: dict[str, Any]) -> None:
        if payload.get("state") == "digest":
            log.info("%s (message %s)", str(payload["text"]).replace("\n", "; "), message_id)
            return
        alerts = payload.get("alerts", [payload])
        if len(alerts) == 1 and not payload.get("late"):
            place = alerts[0].get("point") or alerts[0].get("scope") or ""
            names = (alerts[0]["id"], payload["state"], place)
            log.warning("alert %s %s %s: %s (message %s)", *names, payload["text"], message_id)
        else:
            text = str(payload["text"]).replace("\n", "; ")
            log.warning("%d alerts %s: %s (message %s)", len(alerts), payload["state"], text, message_id)


@dataclass(frozen=True, slots=True)
class Webhook:
    """JSON by HTTP POST; any 2xx answer takes the message, and ``Idempotency-Key`` tells a repetition."""

    url: str
    timeout_s: float = 5.0

    def __post_init__(self) -> None:
        if urlsplit(self.url).scheme not in ("http", "https") or not urlsplit(self.url).hostname:
            raise InvalidInput(f"{self.url!r} is no http or https address", field="webhook")

    def send(self, message_id: int, payload: dict[str, Any]) -> None:
        request = urllib.request.Request(  # noqa: S310  the scheme was examined
            self.url,
            data=json.dumps(payload, ensure_ascii=False).encode(),
            headers={"Content-Type": "application/json; charset=utf-8", "Idempotency-Key": str(message_id)},
        )
        try:
            with urllib.request.urlopen(request, timeout=self.timeout_s):  # noqa: S310
                return
        except urllib.error.HTTPError as error:
            error.close()
            raise NotDelivered(f"webhook {urlsplit(self.url).hostname}: answered {error.code}") from error
        except (OSError, http.client.HTTPException) as error:
            raise NotDelivered(f"webhook {urlsplit(self.url).hostname}: {error}") from error
