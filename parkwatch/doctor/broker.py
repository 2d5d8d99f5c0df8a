"""The broker: what it says of itself, and what it does with a session that goes away, judged."""

from __future__ import annotations

import re
from urllib.parse import urlsplit

from ingest.broker_trial import TRIAL_MESSAGES, Trial, reaches, try_broker
from ingest.consumer import SESSION_S, WINDOW
from ingest.decode.telemetry import PAYLOAD_LIMIT
from parkwatch.broker import ingest_url, runs_over
from parkwatch.doctor.findings import Finding, fine, note, wrong
from parkwatch.logins import TOPIC_PREFIX
from parkwatch.settings import Settings
from schemas.errors import Unavailable

PART = "broker"
_VERSION = re.compile(r"mosquitto version (\d+)\.(\d+)\.(\d+)")
_SHARES_SAFELY = (2, 0, 12)  # before it, a clean restart lost what members of a shared subscription had not taken


def examine(settings: Settings) -> list[Finding]:
    """Examine the broker that is set or runs.

    Raises:
        Unavailable: it does not answer, or refuses the login.
    """
    url = settings.mqtt_url or ingest_url(settings.data_dir / "broker")
    if url is None:
        return [_without_login(settings)]
    address = urlsplit(url)
    return [fine(PART, "answers", f"{address.hostname}:{address.port or ''}"), *judge(try_broker(url))]


def _without_login(settings: Settings) -> Finding:
    if not runs_over(settings.data_dir / "broker"):
        raise Unavailable(f"no broker runs over {settings.data_dir}: start `parkwatch serve` or set PARKWATCH_MQTT_URL")
    why = "it checks logins but no topics, and keeps its queues in memory: a restart of it forgets them"
    return note(PART, "kind", "the pip broker serves", why, "apt install mosquitto, then start `parkwatch serve` again")


def judge(trial: Trial) -> list[Finding]:
    """What a trial means."""
    return [
        _version(trial.system.get("$SYS/broker/version", "")),
        _session(trial),
        _queue(trial),
        _window(trial),
        _packet(trial),
        _quality(trial),
        _dropped(trial.system),
        _strangers(trial),
    ]


def _version(told: str) -> Finding:
    found = _VERSION.match(told)
    if found is None:
        return fine(PART, "version", told or "it does not say")
    if tuple(int(part) for part in found.groups()) < _SHARES_SAFELY:
        why = "its $share loses messages at a clean restart, and its persistence is a snapshot now and then"
        change = "run mosquitto 2.1 with its SQLite persistence; never use $share here"
        return note(PART, "version", told, why, change)
    return fine(PART, "version", told)


def _session(trial: Trial) -> Finding:
    granted_s = trial.told.get("SessionExpiryInterval", SESSION_S)
    if not trial.session_kept:
        why = "what arrives while ingest is away is thrown away"
        return wrong(PART, "session", "a session is forgotten when its client leaves", why, "allow session expiry: 30d")
    if granted_s < SESSION_S:
        what = f"sessions end after {granted_s / 3600:.0f} h instead of {SESSION_S // 86_400} days"
        why = "an ingest that is away for longer has lost all that waited"
        return wrong(
            PART, "session", what, why, "persistent_client_expiration 30d (EMQX: mqtt.session_expiry_interval)"
        )
    return fine(PART, "session", "kept while its client is away")


def _queue(trial: Trial) -> Finding:
    if trial.session_kept and trial.queued < TRIAL_MESSAGES:
        what = f"of {TRIAL_MESSAGES} messages for a client that was away {trial.queued} were kept"
        why = "the broker acknowledges the others to their senders and drops them"
        change = "max_queued_messages 1000000000, max_queued_bytes 2147483648 (EMQX: mqtt.max_mqueue_len = infinity)"
        return wrong(PART, "queue", what, why, change)
    return fine(PART, "queue", f"{trial.queued} messages waited for a client that was away")


def _window(trial: Trial) -> Finding:
    if trial.session_kept and trial.window < min(TRIAL_MESSAGES, trial.queued):
        what = f"{trial.window} unacknowledged messages at most"
        why = "ingest acknowledges after the commit: so few under way are the speed limit"
        return note(PART, "window", what, why, f"max_inflight_messages 0 (EMQX: mqtt.max_inflight = {WINDOW})")
    return fine(PART, "window", f"at least {trial.window} unacknowledged messages")


def _packet(trial: Trial) -> Finding:
    limit = trial.told.get("MaximumPacketSize")
    if limit is not None and limit < PAYLOAD_LIMIT + 65_536:
        why = f"payloads up to {PAYLOAD_LIMIT} bytes are taken; the broker ends the connection of a larger packet"
        return wrong(PART, "packet", f"packets of at most {limit} bytes", why, "max_packet_size 4194304")
    return fine(PART, "packet", "no limit told" if limit is None else f"packets of up to {limit} bytes")


def _quality(trial: Trial) -> Finding:
    if trial.told.get("MaximumQoS", 2) < 1:
        return wrong(PART, "quality", "QoS 0 only", "nothing is ever acknowledged", "allow QoS 1")
    return fine(PART, "quality", "QoS 1")


def _dropped(system: dict[str, str]) -> Finding:
    dropped = int(system.get("$SYS/broker/publish/messages/dropped", "0") or 0)
    away = system.get("$SYS/broker/clients/disconnected", "?")
    stored = system.get("$SYS/broker/store/messages/count", "?")
    seen = f"{dropped} messages dropped since its start, {stored} stored, {away} sessions without a client"
    if dropped:
        why = "somebody's queue was full; retired ids hold sessions that fill up"
        change = (
            "is it an ingestor's (parkwatch ingestors list)? Raise max_queued_bytes; delete sessions of retired ids"
        )
        return note(PART, "dropped", seen, why, change)
    return fine(PART, "dropped", seen if system else "it does not say")


def _strangers(trial: Trial) -> Finding:
    if trial.anonymous:
        why = "anyone who reaches it can send readings in any enterprise's name"
        return wrong(PART, "strangers", "it lets in who names nobody", why, "allow_anonymous false, and password_file")
    return fine(PART, "strangers", "not let in")


def examine_gateway(settings: Settings, gateway_url: str) -> list[Finding]:
    """Try what a gateway's login may do that it must not.

    Raises:
        Unavailable: the broker does not answer, or refuses a login.
    """
    url = settings.mqtt_url or ingest_url(settings.data_dir / "broker")
    if url is None:
        return [_without_login(settings)]
    if reaches(url, gateway_url, f"{TOPIC_PREFIX}/another-enterprise/doctor/trial"):
        why = "an enterprise can send readings in another's name, and see its receipts"
        change = (
            "acl_file with the rights that `parkwatch broker credentials` writes (EMQX: authorization.no_match = deny)"
        )
        return [wrong(PART, "authority", "this login writes below another enterprise's topic", why, change)]
    return [fine(PART, "authority", "this login cannot write below another enterprise's topic")]
