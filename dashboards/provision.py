"""Put the data source, the folder and the dashboards into a Grafana that is not provisioned by files."""

from __future__ import annotations

import warnings
from dataclasses import dataclass, field
from typing import Any

from grafana_client import GrafanaApi, TokenAuth
from grafana_client.client import GrafanaClientError, GrafanaException

from dashboards.build import dashboards
from dashboards.postgres import DATASOURCE_UID, PLUGIN
from schemas.errors import Conflict, InvalidInput, NotAllowed, ParkWatchError, Unavailable

FOLDER_UID = "parkwatch"
FOLDER_TITLE = "ParkWatch"
POOL = 10  # connections; below the limit of the login role


@dataclass(frozen=True, slots=True)
class Source:
    """The database as Grafana reaches it, with the login that ``parkwatch grafana role`` made."""

    host: str
    database: str
    user: str
    password: str = field(repr=False)
    timescaledb: bool = True
    sslmode: str = "require"


@dataclass(frozen=True, slots=True)
class Provisioned:
    """What Grafana has now: addresses of the dashboards, relative to it, by uid."""

    datasource: str
    folder: str
    dashboards: dict[str, str]


def provision(url: str, token: str, source: Source | None = None) -> Provisioned:
    """Bring a Grafana to what this program holds; running it again changes nothing.

    Args:
        url: of Grafana, such as ``https://grafana.example/``.
        token: of a service account with the role Admin; Editor does where the data source exists.
        source: the data source to make or renew; without it the one with our uid must be there.

    Raises:
        NotAllowed: Grafana refuses the token.
        InvalidInput: our data source is missing and none is given.
        Unavailable: Grafana does not answer.
    """
    try:
        api = GrafanaApi.from_url(url, credential=TokenAuth(token))
        _put_source(api, source)
        _put_folder(api)
        placed = {uid: _put_dashboard(api, dashboard) for uid, dashboard in _by_uid().items()}
    except GrafanaException as error:
        raise _translated(url, error) from error
    except OSError as error:  # niquests raises IOErrors of its own for connections that fail
        raise Unavailable(f"Grafana at {url} does not answer: {error}") from error
    return Provisioned(DATASOURCE_UID, FOLDER_UID, placed)


def _by_uid() -> dict[str, dict[str, Any]]:
    return {dashboard["uid"]: dashboard for dashboard in dashboards().values()}


def _put_source(api: GrafanaApi, source: Source | None) -> None:
    there = _exists(api.datasource.get_datasource_by_uid, DATASOURCE_UID)
    if source is None:
        if not there:
            raise InvalidInput(
                f"Grafana has no data source with the uid {DATASOURCE_UID!r}; --host and --password-file make it"
            )
        return
    body = _source_body(source)
    if there:
        api.datasource.update_datasource_by_uid(DATASOURCE_UID, body)
    else:
        api.datasource.create_datasource(body)


def _source_body(source: Source) -> dict[str, Any]:
    return {
        "uid": DATASOURCE_UID,
        "name": "ParkWatch",
        "type": PLUGIN,
        "access": "proxy",
        "url": source.host,
        "user": source.user,
        "isDefault": True,
        "jsonData": {
            "database": source.database,  # here: with a database beside `user` the frontend refuses every query
            "sslmode": source.sslmode,
            "timescaledb": source.timescaledb,
            "timeInterval": "10s",
            "maxOpenConns": POOL,
        },
        "secureJsonData": {"password": source.password},
    }


def _put_folder(api: GrafanaApi) -> None:
    if not _exists(api.folder.get_folder, FOLDER_UID):
        api.folder.create_folder(FOLDER_TITLE, uid=FOLDER_UID)


def _put_dashboard(api: GrafanaApi, dashboard: dict[str, Any]) -> str:
    answer = api.dashboard.update_dashboard({"dashboard": dashboard, "folderUid": FOLDER_UID, "overwrite": True})
    return str(answer["url"])


def _exists(get: Any, uid: str) -> bool:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            get(uid)
    except GrafanaClientError as error:
        if error.status_code == 404:
            return False
        raise
    return True


def _translated(url: str, error: GrafanaException) -> ParkWatchError:
    if error.status_code in (401, 403):
        return NotAllowed(f"Grafana at {url} refuses the token ({error.status_code}): it needs the role Admin")
    if error.status_code in (409, 412):
        return Conflict(f"Grafana at {url}: {error.message}")
    if error.status_code and 400 <= error.status_code < 500:
        return InvalidInput(str(error.message), source=f"Grafana at {url}")
    return Unavailable(f"Grafana at {url} cannot answer: {error.message}")
