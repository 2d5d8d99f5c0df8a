"""Settings: what is wrong is named; secrets may come from files."""

from __future__ import annotations

from pathlib import Path

import pytest

from parkwatch.running import without_login
from parkwatch.settings import read_settings
from schemas.errors import InvalidInput


@pytest.mark.parametrize(
    ("variable", "value"),
    [
        ("PARKWATCH_TIMEZONE", "Mars/Base"),
        ("PARKWATCH_HTTP_PORT", "http"),
        ("PARKWATCH_HTTP_PORT", "70000"),
        ("PARKWATCH_DATABASE_URL", "mysql://x"),
        ("PARKWATCH_READ_DATABASE_URL", "https://replica"),
        ("PARKWATCH_READ_WAIT_MS", "0"),
        ("PARKWATCH_READ_WAIT_MS", "0.5"),
        ("PARKWATCH_MQTT_URL", "http://x"),
        ("PARKWATCH_MQTT_URL_FILE", "/nowhere/url"),
        ("PARKWATCH_BROKER", "emqx"),
        ("PARKWATCH_POSTGRES_BINDIR", "/nowhere"),
        ("PARKWATCH_WEBHOOKS", "siren"),
    ],
)
def test_a_wrong_value_names_its_variable(variable: str, value: str) -> None:
    with pytest.raises(InvalidInput, match=variable):
        read_settings({variable: value})


def test_a_secret_comes_from_a_file(tmp_path: Path) -> None:
    (tmp_path / "url").write_text("postgresql://u:p@db/parkwatch\n")
    given = {"PARKWATCH_DATABASE_URL_FILE": str(tmp_path / "url")}
    assert read_settings(given).database_url == "postgresql://u:p@db/parkwatch"
    with pytest.raises(InvalidInput, match="not both"):
        read_settings({**given, "PARKWATCH_DATABASE_URL": "postgresql://x"})


def test_an_empty_value_is_unset() -> None:
    settings = read_settings({"PARKWATCH_DATABASE_URL": "", "PARKWATCH_HTTP_PORT": " ", "PARKWATCH_TIMEZONE": ""})
    assert (settings.database_url, settings.http_port, settings.timezone) == (None, None, "Asia/Shanghai")


def test_webhooks_have_names() -> None:
    settings = read_settings({"PARKWATCH_WEBHOOKS": "siren=https://a/x?y=z\nlog=http://b"})
    assert settings.webhooks == {"siren": "https://a/x?y=z", "log": "http://b"}


def test_an_announced_url_has_no_login() -> None:
    assert without_login("mqtt://user:p%40ss@broker:1883?version=5") == "mqtt://broker:1883"
