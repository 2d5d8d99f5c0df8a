"""Settings from the environment, read once by the command line and passed on as arguments."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import NoReturn
from zoneinfo import ZoneInfo

from parkwatch.broker import Choice
from schemas.errors import InvalidInput

DEFAULT_HTTP_PORT = 8060
_POSTGRESQL = ("postgresql://", "postgres://")


@dataclass(frozen=True, slots=True)
class Settings:
    """What can be set from outside; docs/reference/settings.md lists the variables.

    Attributes:
        data_dir: the folder of the embedded services and of what commands need to find them.
        database_url: PostgreSQL or TimescaleDB; None is the embedded server.
        read_database_url: a streaming replica that answers what the API only reads; None is no replica.
        read_wait_ms: how long a read waits for the replica to replay what it must see.
        mqtt_url: the broker with the login of ingest; None is the embedded broker.
        timezone: of days, months and reports.
        http_host: the address that the API listens on.
        http_port: its port; None is 8060 or, if that is taken, any free one.
        postgres_bindir: server programs to use in the place of the wheel's.
        broker: which embedded broker.
        mqtt_password_file, mqtt_acl_file: of an external mosquitto, kept by ``parkwatch broker credentials``.
        client_id: the fixed MQTT client id of this ingestor.
        ingest_enterprises: what this ingestor takes at its first start; None is all.
        hj212_port, hj212_host: where ingest takes HJ 212 over TCP; None is nowhere.
        compress_after_days: how old a day of readings is when TimescaleDB turns it into columns.
        keep_rejected_days, keep_receipts_days: how long refused messages and receipts are kept.
        keep_readings_days, keep_hours_days, keep_days_days: how long each level of facts is kept; None is for ever.
        metrics_token: opens /metrics to a scraper; None leaves it to role admin.
        webhooks: where alerts are posted, by the name that rules use.
        apprise: services that take messages, as URLs of Apprise, by the name that rules use.
    """

    data_dir: Path
    database_url: str | None = None
    read_database_url: str | None = None
    read_wait_ms: int = 250
    mqtt_url: str | None = None
    timezone: str = "Asia/Shanghai"
    http_host: str = "127.0.0.1"
    http_port: int | None = None
    postgres_bindir: Path | None = None
    broker: Choice = Choice.AUTO
    mqtt_password_file: Path | None = None
    mqtt_acl_file: Path | None = None
    client_id: str = "parkwatch-ingest-0"
    ingest_enterprises: tuple[str, ...] | None = None
    hj212_port: int | None = None
    hj212_host: str = "127.0.0.1"
    keep_rejected_days: int = 180
    keep_receipts_days: int = 30
    compress_after_days: int = 7
    keep_readings_days: int | None = None
    keep_hours_days: int | None = None
    keep_days_days: int | None = None
    metrics_token: str | None = None
    webhooks: Mapping[str, str] = field(default_factory=dict)
    apprise: Mapping[str, str] = field(default_factory=dict)


def read_settings(environment: Mapping[str, str] = os.environ) -> Settings:
    """Read the settings.

    Raises:
        InvalidInput: a value is wrong; names the variable.
    """
    given = {name: value.strip() for name, value in environment.items() if name.startswith("PARKWATCH_")}
    enterprises = given.get("PARKWATCH_INGEST_ENTERPRISES")
    readings, hours, days = _levels(given)
    return Settings(
        data_dir=Path(given.get("PARKWATCH_DATA_DIR") or ".data").absolute(),
        database_url=_url(given, "PARKWATCH_DATABASE_URL", _POSTGRESQL),
        read_database_url=_url(given, "PARKWATCH_READ_DATABASE_URL", _POSTGRESQL),
        read_wait_ms=_milliseconds(given, "PARKWATCH_READ_WAIT_MS", 250),
        mqtt_url=_url(given, "PARKWATCH_MQTT_URL", ("mqtt://", "mqtts://")),
        timezone=_timezone(given, "PARKWATCH_TIMEZONE"),
        http_host=given.get("PARKWATCH_HTTP_HOST") or "127.0.0.1",
        http_port=_port(given, "PARKWATCH_HTTP_PORT"),
        postgres_bindir=_bindir(given, "PARKWATCH_POSTGRES_BINDIR"),
        broker=_choice(given, "PARKWATCH_BROKER"),
        mqtt_password_file=_path(given, "PARKWATCH_MQTT_PASSWORD_FILE"),
        mqtt_acl_file=_path(given, "PARKWATCH_MQTT_ACL_FILE"),
        client_id=_client_id(given, "PARKWATCH_INGEST_CLIENT_ID"),
        ingest_enterprises=tuple(part.strip() for part in enterprises.split(",")) if enterprises else None,
        hj212_port=_port(given, "PARKWATCH_HJ212_PORT"),
        hj212_host=given.get("PARKWATCH_HJ212_HOST") or "127.0.0.1",
        keep_rejected_days=_days(given, "PARKWATCH_KEEP_REJECTED_DAYS", 180),
        keep_receipts_days=_days(given, "PARKWATCH_KEEP_RECEIPTS_DAYS", 30),
        compress_after_days=_days(given, "PARKWATCH_COMPRESS_AFTER_DAYS", 7),
        keep_readings_days=readings,
        keep_hours_days=hours,
        keep_days_days=days,
        metrics_token=_secret(given, "PARKWATCH_METRICS_TOKEN"),
        webhooks=_named_urls(given, "PARKWATCH_WEBHOOKS", ("http", "https")),
        apprise=_named_urls(given, "PARKWATCH_APPRISE"),
    )


def _wrong(variable: str, reason: str) -> NoReturn:
    raise InvalidInput(reason, source="environment", field=variable)


def _secret(given: Mapping[str, str], variable: str) -> str | None:
    """A value, or the text of the file that ``<variable>_FILE`` names, so that a secret need not be in the open."""
    file, value = given.get(f"{variable}_FILE"), given.get(variable)
    if file and value:
        _wrong(variable, f"set either this or {variable}_FILE, not both")
    if file:
        try:
            value = Path(file).read_text(encoding="utf-8").strip()
        except OSError as error:
            _wrong(f"{variable}_FILE", f"cannot read {file}: {error.strerror}")
    return value or None


def _url(given: Mapping[str, str], variable: str, schemes: tuple[str, ...]) -> str | None:
    url = _secret(given, variable)
    if url and not url.startswith(schemes):
        _wrong(variable, f"must start with {' or '.join(schemes)}")
    return url


def _named_urls(given: Mapping[str, str], variable: str, schemes: tuple[str, ...] = ()) -> dict[str, str]:
    """``name=scheme://...`` pairs, separated by blanks or line ends."""
    pairs = [entry.partition("=") for entry in (_secret(given, variable) or "").split()]
    for name, _, url in pairs:
        scheme = url.partition("://")[0]
        if not re.fullmatch(r"[a-z0-9_-]+", name) or scheme == url or (schemes and scheme not in schemes):
            example = f"{schemes[-1] if schemes else 'scheme'}://..."
            _wrong(variable, f"write name={example} for each, separated by blanks; names are of a-z 0-9 _ -")
    return {name: url for name, _, url in pairs}


def _timezone(given: Mapping[str, str], variable: str) -> str:
    name = given.get(variable) or "Asia/Shanghai"
    try:
        return ZoneInfo(name).key
    except (KeyError, ValueError, OSError):
        _wrong(variable, f"{name!r} is not a time zone; write one such as Asia/Shanghai")


def _client_id(given: Mapping[str, str], variable: str) -> str:
    text = given.get(variable) or "parkwatch-ingest-0"
    if not re.fullmatch(r"[\w.-]{1,64}", text):
        _wrong(variable, f"{text!r} cannot stand in a topic; use 1 to 64 letters, digits, and any of _ . -")
    return text


def _port(given: Mapping[str, str], variable: str) -> int | None:
    text = given.get(variable)
    if not text:
        return None
    if not text.isdecimal() or not 0 < int(text) < 65536:
        _wrong(variable, f"{text!r} is not a port; write a number from 1 to 65535")
    return int(text)


def _days(given: Mapping[str, str], variable: str, default: int) -> int:
    text = given.get(variable) or str(default)
    if not text.isdecimal() or not 0 < int(text) <= 36_500:
        _wrong(variable, f"{text!r} is not a number of days; write one from 1 to 36500")
    return int(text)


def _milliseconds(given: Mapping[str, str], variable: str, default: int) -> int:
    text = given.get(variable) or str(default)
    if not text.isdecimal() or not 0 < int(text) <= 10_000:
        _wrong(variable, f"{text!r} is not a number of milliseconds; write one from 1 to 10000")
    return int(text)


def _levels(given: Mapping[str, str]) -> list[int | None]:
    """Days that readings, hours and days are kept; a level is kept at least as long as the finer one."""
    variables = ("PARKWATCH_KEEP_READINGS_DAYS", "PARKWATCH_KEEP_HOURS_DAYS", "PARKWATCH_KEEP_DAYS_DAYS")
    kept = [_days(given, variable, 0) if given.get(variable) else None for variable in variables]
    for variable, finer_variable, days, finer in zip(variables[1:], variables, kept[1:], kept, strict=False):
        if days is not None and (finer is None or finer > days):
            _wrong(variable, f"must not be shorter than {finer_variable}, which is {finer or 'for ever'}")
    return kept


def _choice(given: Mapping[str, str], variable: str) -> Choice:
    text = given.get(variable) or Choice.AUTO.value
    if text not in list(Choice):
        _wrong(variable, f"{text!r} is not one of {', '.join(Choice)}")
    return Choice(text)


def _path(given: Mapping[str, str], variable: str) -> Path | None:
    text = given.get(variable)
    return Path(text).absolute() if text else None


def _bindir(given: Mapping[str, str], variable: str) -> Path | None:
    folder = _path(given, variable)
    if folder is not None and not ((folder / "postgres").exists() and (folder / "initdb").exists()):
        _wrong(variable, f"{folder} holds no postgres and initdb; name the bin folder of a PostgreSQL server")
    return folder
