"""What Grafana makes of a panel's SQL before the database sees it.

Written from Grafana's source (pkg/tsdb/grafana-postgresql-datasource/macros.go, sqleng/sql_engine.go, and the
``sqlstring`` format of @grafana/scenes): first the browser puts in the variables, then the server the macros.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

_VARIABLE = re.compile(r"\$\{(\w+):(\w+)\}")
_MACRO = re.compile(r"\$([_a-zA-Z0-9]+)\(([^)]*)\)")
_DURATION = re.compile(r"'?(\d+(?:\.\d+)?)(ms|s|m|h|d|w)'?")
_SECONDS = {"ms": 0.001, "s": 1.0, "m": 60.0, "h": 3600.0, "d": 86400.0, "w": 604800.0}


class UnknownMacro(Exception):
    """Grafana answers such a query with an error."""


@dataclass(frozen=True, slots=True)
class Window:
    """What the time picker and the panel's width say."""

    start: datetime
    end: datetime
    interval: str = "1m"
    timescaledb: bool = False


def sqlstring(value: str | list[str]) -> str:
    """One value quoted, several joined by commas; All is sent as every value, so as nothing where there is none."""
    if isinstance(value, list):
        return ",".join(map(sqlstring, value))
    return "'" + value.replace("'", "''") + "'"


def interpolate(sql: str, variables: Mapping[str, str | list[str]]) -> str:
    """Variables as the browser puts them in; only ``${name:sqlstring}`` is safe in every version."""

    def put(match: re.Match[str]) -> str:
        if match[2] != "sqlstring":
            raise UnknownMacro(f"{match[0]}: write ${{{match[1]}:sqlstring}}")
        return sqlstring(variables[match[1]])

    return _VARIABLE.sub(put, sql)


def expand(sql: str, window: Window) -> str:
    """Macros as the PostgreSQL data source expands them."""
    milliseconds = str(int(_seconds(window.interval) * 1000))
    sql = sql.replace("$__interval_ms", milliseconds).replace("$__interval", window.interval)
    sql = re.sub(r"--[^\n]*|/\*.*?\*/", "", sql, flags=re.DOTALL)
    sql = re.sub(r"(\$__timeGroup)(\([^)]*\))(?=,)", r"\1Alias\2", sql)
    return _MACRO.sub(lambda match: _expansion(match[1], [a.strip(" ") for a in match[2].split(",")], window), sql)


def stamp(moment: datetime) -> str:
    """RFC 3339 in UTC, with no zeros at the end of the fraction."""
    text = moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%f").rstrip("0").rstrip(".")
    return f"{text}Z"


def _expansion(name: str, arguments: list[str], window: Window) -> str:
    start, end = stamp(window.start), stamp(window.end)
    known: dict[str, Callable[[], str]] = {
        "__time": lambda: f'{arguments[0]} AS "time"',
        "__timeEpoch": lambda: f'extract(epoch from {arguments[0]}) as "time"',
        "__timeFilter": lambda: f"{arguments[0]} BETWEEN '{start}' AND '{end}'",
        "__timeFrom": lambda: f"'{start}'",
        "__timeTo": lambda: f"'{end}'",
        "__timeGroup": lambda: _group(arguments, window),
        "__timeGroupAlias": lambda: f'{_group(arguments, window)} AS "time"',
    }
    if name not in known:
        raise UnknownMacro(f"${name}: no macro of Grafana's")
    return known[name]()


def _group(arguments: list[str], window: Window) -> str:
    seconds = _seconds(arguments[1])
    if window.timescaledb:
        return f"time_bucket('{seconds:.3f}s',{arguments[0]})"
    return f"floor(extract(epoch from {arguments[0]})/{seconds:g})*{seconds:g}"


def _seconds(duration: str) -> float:
    match = _DURATION.fullmatch(duration)
    if match is None:
        raise UnknownMacro(f"{duration}: not a duration; months and years depend on the clock and are not used here")
    return float(match[1]) * _SECONDS[match[2]]
