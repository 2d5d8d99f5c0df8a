"""What is found at outlets: loggers that say otherwise, treatment that is off."""

from __future__ import annotations

import datetime as dt

import httpx
import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from accounting.air.treatment import Machine, off_while_running, stretches
from schemas.rule_bodies import parse_rules
from storage.connect import Connection
from storage.rules import replace_registry_rules
from tests.api.park import T0, point_id, put_readings

Headers = dict[str, str]
HOUR = dt.timedelta(hours=1)
RULE = {
    "code": "hour", "kind": "exceedance", "points": {"quantity": "a24088"}, "statistic": "mean_1h", "above": 60,
    "unit": "mg/m3",
}  # fmt: skip


def put_hour(park: Connection, point: int, hour: dt.datetime, mean: float, *, valid: bool = True) -> None:
    park.execute(
        "INSERT INTO hourly_facts (point_id, hour, n, n_valid, mean, covered_s, valid)"
        " VALUES (%s, %s, 60, 60, %s, 3600, %s)",
        [point, hour, mean, valid],
    )


def test_a_loggers_hours_beside_ours(client: httpx.Client, park: Connection, ent01: Headers) -> None:
    logger = park.execute(
        "INSERT INTO points (enterprise_id, code, name, medium, quantity, kind, unit, role, interval_s,"
        " source, attributes)"
        " SELECT enterprise_id, 'V01:1h', name, 'other', 'a24088:1h', 'interval', 'ug/m3', 'other', 3600, 'seen',"
        ' \'{"statistic_of": "V01"}\' FROM points WHERE id = %s RETURNING id',
        [point_id(park, "ENT01/V01")],
    ).fetchone()
    assert logger
    replace_registry_rules(park, parse_rules([RULE]))
    pairs = [(50.0, 51_000.0), (59.0, 61_000.0), (40.0, 58_000.0), (70.0, 20_000.0)]
    for i, (ours, theirs) in enumerate(pairs):
        put_hour(park, point_id(park, "ENT01/V01"), T0 + i * HOUR, ours, valid=i != 3)
        put_hour(park, logger[0], T0 + i * HOUR, theirs)
    query = {"from": T0.isoformat(), "to": (T0 + 9 * HOUR).isoformat()}
    items = client.get("/hours/compared", params=query, headers=ent01).json()["items"]
    told = [(i["ours"], i["logger"], i["same_value"], i["same_verdict"], i["disagrees"]) for i in items]
    assert told == [
        (50.0, 51.0, True, True, False), (59.0, 61.0, True, False, True), (40.0, 58.0, False, True, True),
        (None, 20.0, None, None, False),
    ]  # fmt: skip
    assert (items[0]["point"], items[0]["logger_point"], items[0]["rule"], items[0]["above"]) == (
        "ENT01/V01", "ENT01/V01:1h", "hour", 60.0,
    )  # fmt: skip
    odd = client.get("/hours/compared", params=query | {"disagreeing": "true"}, headers=ent01).json()["items"]
    assert [item["ours"] for item in odd] == [59.0, 40.0]
    first = client.get("/hours/compared", params=query | {"limit": 3}, headers=ent01).json()
    rest = client.get("/hours/compared", params=query | {"cursor": first["next"]}, headers=ent01).json()
    assert first["items"] + rest["items"] == items


def test_treatment_that_is_off_while_the_line_runs(client: httpx.Client, park: Connection, ent01: Headers) -> None:
    for code, duty in (("K01", "production"), ("K02", "treatment")):
        park.execute(
            "INSERT INTO points (enterprise_id, code, name, medium, quantity, kind, unit, role, interval_s,"
            " outlet, attributes)"
            " SELECT id, %s, %s, 'device', 'power', 'gauge', 'kW', 'device', 60, 'DA001',"
            " jsonb_build_object('duty', %s::text, 'runs_above', 5) FROM enterprises WHERE code = 'ENT01'",
            [code, code, duty],
        )
    put_readings(park, "ENT01/K01", T0, [100.0] * 120)
    put_readings(park, "ENT01/K02", T0, [30.0] * 40 + [0.5] * 30 + [30.0] * 20 + [0.5] * 5 + [30.0] * 5)  # then silence
    query = {"from": T0.isoformat(), "to": (T0 + 2 * HOUR).isoformat()}
    (found,) = client.get("/treatment", params=query, headers=ent01).json()["items"]
    assert (found["outlet"], found["minutes"]) == ("ENT01/DA001", 30)
    assert dt.datetime.fromisoformat(found["from"]) == T0 + dt.timedelta(minutes=40)
    assert (found["production"], found["treatment"]) == (["ENT01/K01"], ["ENT01/K02"])
    short = client.get("/treatment", params=query | {"minutes": 5}, headers=ent01).json()["items"]
    assert [item["minutes"] for item in short] == [30, 5]
    long = client.get(
        "/treatment", params={"from": "2026-01-01T00:00:00Z", "to": "2026-03-01T00:00:00Z"}, headers=ent01
    )
    assert long.status_code == 422


def test_units_that_stand_in_for_each_other() -> None:
    nan = np.nan
    line = Machine(np.array([9.0, 9.0, 9.0, 0.0, nan]))
    one, other = Machine(np.array([0.0, 9.0, 0.0, 0.0, 0.0])), Machine(np.array([0.0, 0.0, nan, 0.0, 0.0]))
    assert off_while_running([line], [one, other]).tolist() == [True, False, False, False, False]
    assert off_while_running([line], []).tolist() == []


@given(st.lists(st.booleans(), max_size=60), st.integers(1, 5))
def test_stretches_hold_what_is_long_enough_and_nothing_else(minutes: list[bool], at_least: int) -> None:
    found = stretches(np.array(minutes, np.bool_), at_least)
    covered = {minute for first, last in found for minute in range(first, last)}
    text = "".join("x" if minute else " " for minute in minutes)
    runs = [part for part in text.split() if len(part) >= at_least]
    assert len(covered) == sum(len(run) for run in runs)
    assert all(minutes[minute] for minute in covered)
