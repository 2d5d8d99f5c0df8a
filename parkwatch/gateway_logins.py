"""Logins for gateways at whatever broker there is, with the enterprise examined and the login noted."""

from __future__ import annotations

import json
from pathlib import Path

from parkwatch import mosquitto
from parkwatch.broker import issue_login, runs_over
from parkwatch.folders import in_turn, private_folder, write_private
from parkwatch.logins import Gateway, Login, new_password
from parkwatch.settings import Settings
from schemas.errors import Unavailable
from storage.connect import Connection
from storage.gateways import examine_enterprise, put_gateway


def issue(settings: Settings, connection: Connection, gateway: Gateway) -> Login:
    """Make or renew a gateway's login, at the embedded broker or in an external mosquitto's files.

    Raises:
        NotFound: the registry does not know the enterprise.
        Unavailable: the logins of the broker are not ours to change.
    """
    examine_enterprise(connection, gateway.enterprise)
    login = _at_broker(settings, gateway)
    put_gateway(connection, gateway.enterprise, gateway.code, login.username)
    return login


def _at_broker(settings: Settings, gateway: Gateway) -> Login:
    passwords, rights = settings.mqtt_password_file, settings.mqtt_acl_file
    if passwords and rights:
        login = Login(gateway.username, new_password())
        mosquitto.put_login(passwords, rights, login, mosquitto.gateway_rights(gateway))
        return login
    folder = settings.data_dir / "broker"
    if settings.mqtt_url is None or runs_over(folder):
        return issue_login(folder, gateway)
    raise Unavailable(
        "the broker of PARKWATCH_MQTT_URL keeps its logins itself: set PARKWATCH_MQTT_PASSWORD_FILE and "
        f"PARKWATCH_MQTT_ACL_FILE to its files, or make the login {gateway.username} there with the rights "
        + "; ".join(mosquitto.gateway_rights(gateway))
    )


def kept_login(settings: Settings, connection: Connection, gateway: Gateway) -> Login:
    """The login that the simulator uses: made once for a data folder, so that two simulators can share it."""
    file = private_folder(settings.data_dir) / "simulator-logins.json"
    with in_turn(file.with_suffix(".turn")):
        kept = _read(file)
        if gateway.username not in kept:
            login = issue(settings, connection, gateway)
            kept[gateway.username] = [login.username, login.password]
            write_private(file, json.dumps(kept))
        return Login(*kept[gateway.username])


def _read(file: Path) -> dict[str, list[str]]:
    return dict(json.loads(file.read_text(encoding="utf-8"))) if file.exists() else {}
