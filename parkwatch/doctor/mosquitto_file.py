"""A mosquitto.conf, judged: what its settings, and those it leaves out, do to acknowledged messages."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

from ingest.consumer import SESSION_S
from ingest.decode.telemetry import PAYLOAD_LIMIT
from parkwatch.doctor.findings import Finding, fine, note, wrong

PART = "mosquitto"
UNLIMITED = "max_queued_messages 1000000000"

Settings = dict[str, list[str]]
_SPANS_S = {"h": 3_600, "d": 86_400, "w": 604_800, "m": 2_592_000, "y": 31_536_000}


def examine_file(file: Path) -> list[Finding]:
    """Judge a configuration file; files that it includes are not read, and said so."""
    given = read_settings(file.read_text(encoding="utf-8"))
    return [check(given) for check in CHECKS]


def read_settings(text: str) -> Settings:
    """Each setting with its values, in order."""
    given: Settings = {}
    for line in text.splitlines():
        name, _, value = line.strip().partition(" ")
        if name and not name.startswith("#"):
            given.setdefault(name, []).append(value.strip())
    return given


def _last(given: Settings, name: str, default: str = "") -> str:
    return given.get(name, [default])[-1]


def _number(given: Settings, name: str, default: int) -> int:
    text = _last(given, name, str(default))
    return int(text) if text.isdecimal() else default


def _persistence(given: Settings) -> Finding:
    plugin = any("persist" in value for name in ("plugin", "global_plugin") for value in given.get(name, []))
    if plugin:
        if _last(given, "plugin_opt_flush_period") == "0" and _last(given, "plugin_opt_sync") == "full":
            return fine(PART, "persistence", "a plugin writes every message before it is acknowledged")
        why = "a kill of the broker loses what it acknowledged since its last flush (5 s unless told)"
        return wrong(
            PART, "persistence", "a plugin flushes now and then", why, "plugin_opt_flush_period 0, plugin_opt_sync full"
        )
    if _last(given, "persistence") == "true":
        why = "a kill of the broker loses what it acknowledged since the last snapshot (30 min unless told)"
        change = "mosquitto 2.1 with its SQLite persistence plugin; else autosave_interval 15"
        every_s = _number(given, "autosave_interval", 1800)
        judged = note if 0 < every_s <= 60 else wrong
        return judged(PART, "persistence", f"a snapshot every {every_s} s", why, change)
    why = "a restart of the broker loses all sessions and all that waits in them"
    return wrong(PART, "persistence", "none", why, "the lines of deploy/mosquitto/mosquitto.conf from `plugin` on")


def _queue(given: Settings) -> Finding:
    messages, size = _number(given, "max_queued_messages", 1000), _number(given, "max_queued_bytes", 0)
    if messages == 0:
        why = "mosquitto 2.0 then ends the connection of a sender whenever it refuses one of its messages"
        return note(PART, "queue", "max_queued_messages 0", why, UNLIMITED)
    if messages < 1_000_000:
        why = "what arrives beyond it while ingest is away is acknowledged to its sender and dropped"
        return wrong(PART, "queue", f"{messages} messages for each client", why, UNLIMITED)
    if size == 0:
        why = "an abandoned session can fill the memory"
        return note(PART, "queue", "no budget of bytes", why, "max_queued_bytes 2147483648")
    return fine(PART, "queue", f"{size} bytes for each client")


def _window(given: Settings) -> Finding:
    window = _number(given, "max_inflight_messages", 20)
    if 0 < window < 1000:
        why = "ingest acknowledges after the commit: so few under way are the speed limit"
        return note(PART, "window", f"{window} unacknowledged messages", why, "max_inflight_messages 0")
    return fine(PART, "window", "the receive maximum of each client")


def _sessions(given: Settings) -> Finding:
    told = _last(given, "persistent_client_expiration")
    found = re.fullmatch(r"(\d+)([hdwmy])", told)
    if found is None:
        why = "a session that nobody comes back for grows the store for ever"
        return note(PART, "sessions", "they never end", why, "persistent_client_expiration 30d")
    if int(found[1]) * _SPANS_S[found[2]] < SESSION_S:
        why = "an ingest that is away for longer has lost all that waited"
        return wrong(PART, "sessions", f"they end after {told}", why, "persistent_client_expiration 30d")
    return fine(PART, "sessions", f"they end after {told}")


def _packets(given: Settings) -> Finding:
    limit = _number(given, "max_packet_size", 0)
    if 0 < limit < PAYLOAD_LIMIT + 65_536:
        why = f"payloads up to {PAYLOAD_LIMIT} bytes are taken; the broker ends the connection of a larger packet"
        return wrong(PART, "packets", f"at most {limit} bytes", why, "max_packet_size 4194304")
    return fine(PART, "packets", f"at most {limit} bytes" if limit else "of any size")


def _strangers(given: Settings) -> Finding:
    if _last(given, "allow_anonymous", "false") == "true":
        why = "anyone who reaches it can send readings in any enterprise's name"
        return wrong(PART, "strangers", "let in", why, "allow_anonymous false, and password_file")
    return fine(PART, "strangers", "not let in")


def _authority(given: Settings) -> Finding:
    if "acl_file" not in given and not any("dynamic" in plugin for plugin in given.get("plugin", [])):
        why = "every login may write below every enterprise's topics"
        return wrong(PART, "authority", "no rights by topic", why, "acl_file, kept by `parkwatch broker credentials`")
    return fine(PART, "authority", "rights by topic")


def _included(given: Settings) -> Finding:
    folders = given.get("include_dir", [])
    if folders:
        return note(PART, "included", f"more settings in {', '.join(folders)}", "they are not read here")
    return fine(PART, "included", "nothing more")


CHECKS: list[Callable[[Settings], Finding]] = [
    _persistence,
    _queue,
    _window,
    _sessions,
    _packets,
    _strangers,
    _authority,
    _included,
]
