"""WeCom, DingTalk, Feishu, e-mail and many more through Apprise, by one URL each."""

from __future__ import annotations

import logging
from typing import Any

from alerts.notify.channels import NotDelivered
from schemas.errors import InvalidInput

_TITLES = {"firing": "报警", "resolved": "报警恢复", "withdrawn": "报警撤回", "digest": "每日简报"}


class AppriseChannel:
    """A message as title and text; the URL holds secrets and is never shown."""

    def __init__(self, name: str, url: str) -> None:
        """Take a URL of Apprise.

        Raises:
            InvalidInput: Apprise knows no such service, or the URL lacks something.
        """
        import apprise

        logging.getLogger("apprise").setLevel(logging.CRITICAL)  # what fails is told by the outbox, without the URL
        self._name, self._types = name, apprise.NotifyType
        self._service = apprise.Apprise()
        if not self._service.add(url):
            reason = "is no URL that Apprise can read; its service or a part is wrong"
            raise InvalidInput(reason, source="environment", field=f"PARKWATCH_APPRISE {name}")

    def send(self, message_id: int, payload: dict[str, Any]) -> None:
        """Hand a message over.

        Raises:
            NotDelivered: the service did not take it.
        """
        state = str(payload.get("state", ""))
        kind = self._types.FAILURE if state == "firing" else self._types.INFO
        title = f"ParkWatch {_TITLES.get(state, state)} #{message_id}"
        try:
            taken = self._service.notify(body=str(payload["text"]), title=title, notify_type=kind)
        except (OSError, TypeError, ValueError) as error:
            raise NotDelivered(f"apprise:{self._name}: {type(error).__name__}") from error
        if not taken:
            raise NotDelivered(f"apprise:{self._name}: the service did not take the message")
