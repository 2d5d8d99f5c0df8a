"""HJ 212 over MQTT, end to end: frames into points, statistics beside them, split messages, every fault answered."""

from __future__ import annotations

import hashlib
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from parkwatch.broker import Broker
from storage.connect import Connection
from storage.registry import apply_registry
from tests.ingest.senders import MN, REGISTRY, frame, part, segment, serving, stamp, wait_for
from tests.ingest.test_service import Talker, reasons


@pytest.fixture
def talker(database_url: str, connection: Connection, broker: Broker) -> Iterator[Talker]:
    apply_registry(connection, REGISTRY)
    with serving(database_url, broker.ingest_url):
        wait_for(lambda: connection.execute("SELECT FROM heartbeats WHERE well").fetchone() is not None)
        talking = Talker(broker)
        yield talking
        talking.close()


def readings(connection: Connection) -> list[tuple[Any, ...]]:
    return connection.execute(
        "SELECT e.code || '/' || p.code, r.value, r.flag::text FROM readings r JOIN points p ON p.id = r.point_id"
        " JOIN enterprises e ON e.id = p.enterprise_id ORDER BY 1, r.ts"
    ).fetchall()


def test_live_values_go_to_the_points_of_their_mn_and_code(talker: Talker, connection: Connection) -> None:
    payload = frame(f"DataTime={stamp()};a24088-Rtd=12.6,a24088-Flag=N;a21026-Rtd=3.1,a21026-Flag=D") * 2
    receipt = talker.send(payload, "hj212")
    assert receipt["id"] is None
    assert receipt["sha256"] == hashlib.sha256(payload).hexdigest()
    assert (receipt["received"], receipt["stored"], receipt["duplicate"]) == (4, 2, 2)
    assert readings(connection) == [("ENT01/V01", 12.6, "N"), ("ENT01/V02", 3.1, "D")]


def test_a_loggers_statistics_are_points_of_their_own(talker: Talker, connection: Connection) -> None:
    at = stamp(7200)[:10] + "0000"
    talker.send(frame(f"DataTime={at};a24088-Rtd=12.6,a24088-Flag=N"), "hj212")
    for cn in ("2051", "2061", "2031"):
        area = f"DataTime={at};a24088-Avg=11,a24088-Max=20,a24088-Cou=0.5,a24088-ZsAvg=14,a24088-Flag=N"
        if cn == "2031":
            area = area.replace(at, stamp(172_800)[:8] + "000000")
        receipt = talker.send(frame(area, cn=cn), "hj212")
        assert (receipt["stored"], receipt["corrected"], receipt["rejected"]) == (4, 0, [])
    assert readings(connection)[0] == ("ENT01/V01", 12.6, "N")
    rows = connection.execute(
        "SELECT p.code, p.kind, p.role, p.medium, p.quantity, p.unit, p.interval_s,"
        " extract(epoch FROM r.ts - v.ts) FROM points p"
        " JOIN readings r ON r.point_id = p.id, readings v JOIN points l ON l.id = v.point_id AND l.code = 'V01'"
        " WHERE p.source = 'seen' AND p.code LIKE 'V01:1h%' ORDER BY 1"
    ).fetchall()
    assert rows == [
        ("V01:1h", "interval", "other", "other", "a24088:1h", "mg/m3", 3600, 3600),
        ("V01:1h:cou", "interval", "other", "other", "a24088:1h:cou", "", 3600, 3600),
        ("V01:1h:max", "interval", "other", "other", "a24088:1h:max", "mg/m3", 3600, 3600),
        ("V01:1h:zs", "interval", "other", "other", "a24088:1h:zs", "mg/m3", 3600, 3600),
    ]
    codes = connection.execute("SELECT code FROM points WHERE source = 'seen'").fetchall()
    assert {code for (code,) in codes} >= {"V01:10m", "V01:1d", "V01:1d:zs"}
    assert len(codes) == 12
    unknown_unit = frame(f"DataTime={at};a21026-Avg=1,a21026-Flag=N", cn="2061")
    assert talker.send(unknown_unit, "hj212")["stored"] == 1
    assert connection.execute("SELECT unit FROM points WHERE code = 'V02:1h'").fetchone() == ("",)
    assert talker.send(unknown_unit, "hj212")["duplicate"] == 1
    assert apply_registry(connection, REGISTRY) == []  # what was seen is not the file's


def test_the_registry_takes_over_a_point_that_was_seen(talker: Talker, connection: Connection) -> None:
    at = stamp(7200)[:10] + "0000"
    hour = frame(f"DataTime={at};a24088-Avg=11,a24088-Flag=N", cn="2061")
    assert talker.send(hour, "hj212")["stored"] == 1
    declared = "      - {code: 'V01:1h', kind: interval, unit: mg/m3, role: other, interval: 1h, range: [0, 10]}\n"
    extended = REGISTRY.replace("  - code: ENT02", declared + "  - code: ENT02")
    assert apply_registry(connection, extended) == ["point ENT01/V01:1h: taken over, it was seen before"]
    assert apply_registry(connection, extended) == []
    found = connection.execute("SELECT source, range_high, count(*) OVER () FROM points WHERE code = 'V01:1h'")
    assert found.fetchall() == [("registry", 10, 1)]
    assert talker.send(hour, "hj212")["rejected"][0]["reason"] == "out_of_range"
    assert apply_registry(connection, REGISTRY) == ["point ENT01/V01:1h: retired"]


def test_every_fault_gets_its_reason(talker: Talker, connection: Connection) -> None:
    at = stamp()
    good = frame(f"DataTime={at};a24088-Rtd=1,a24088-Flag=N")
    faults: list[tuple[bytes, str]] = [
        (b"", "bad_frame"),
        (b"##no frame", "bad_frame"),
        (good[:-3] + bytes([good[-3] ^ 1]) + good[-2:], "bad_crc"),
        (frame("a24088-Rtd=1,a24088-Flag=N"), "missing_timestamp"),
        (frame("DataTime=20261399000000;a24088-Rtd=1,a24088-Flag=N"), "bad_timestamp"),
        (frame(f"DataTime={stamp(-1200)};a24088-Rtd=1,a24088-Flag=N"), "in_future"),
        (frame(f"DataTime={at};a99999-Rtd=1,a99999-Flag=N"), "unknown_point"),
        (frame(f"DataTime={stamp(7200)};a99999-Avg=1,a99999-Flag=N", cn="2061"), "unknown_point"),
        (frame(f"DataTime={at};a24088-Rtd=1,a24088-Flag=N", mn="0" * 24), "unknown_point"),
        (frame(f"DataTime={at};a24088-Rtd=1,a24088-Flag=N", mn=MN[:-1] + "2"), "wrong_enterprise"),
        (frame(f"DataTime={at};a24088-Rtd=--,a24088-Flag=N"), "not_a_number"),
        (frame(f"DataTime={at};a24088-Rtd=1,a24088-Flag=Q"), "unknown_flag"),
        (frame(f"DataTime={at};a24088-Rtd=99999,a24088-Flag=N"), "out_of_range"),
        (b"#" * 600_000, "payload_too_large"),
    ]
    for payload, reason in faults:
        receipt = talker.send(payload, "hj212")
        assert reasons(receipt) == [reason], payload[:80]
        assert receipt["stored"] == 0
    assert connection.execute("SELECT received, stored, rejected FROM ledger").fetchall() == [(14, 0, 14)]
    assert connection.execute("SELECT count(*) FROM rejected_payloads").fetchone() == (14,)
    assert talker.send(good, "hj212")["stored"] == 1
    tolerated = connection.execute("SELECT sum(noted) FROM decoder_notes WHERE language = 'hj212'").fetchone()
    assert tolerated is not None


def test_the_checksum_of_a_logger_is_a_setting(database_url: str, connection: Connection, broker: Broker) -> None:
    from ingest.decode.hj212 import encode
    from schemas.hj212 import CrcVariant

    apply_registry(connection, REGISTRY)
    with serving(database_url, broker.ingest_url):
        wait_for(lambda: connection.execute("SELECT FROM heartbeats WHERE well").fetchone() is not None)
        talking = Talker(broker, "ENT02")
        area = f"DataTime={stamp()};a24088-Rtd=5,a24088-Flag=N"
        odd = encode(segment(area, mn=MN[:-1] + "2"), CrcVariant.MODBUS_LOW_FIRST)
        assert talking.send(odd, "hj212")["stored"] == 1
        assert reasons(talking.send(encode(segment(area, mn=MN[:-1] + "2")), "hj212")) == ["bad_crc"]
        talking.close()


def test_a_split_message_is_answered_once_it_is_whole(talker: Talker, connection: Connection) -> None:
    one, two = part(f"DataTime={stamp()};a24088-Rtd=12", 1, 2), part(".6,a24088-Flag=N", 2, 2)
    talker.client.publish(f"{talker.topic}/hj212", one, qos=1)
    assert talker.send({"id": "between", "data": []})["id"] == "between"  # the others do not wait for it
    assert talker.receipts.empty()
    talker.client.publish(f"{talker.topic}/hj212", two, qos=1)
    told = {r["sha256"]: r for r in (talker.receipts.get(timeout=20) for _ in range(2))}
    assert told[hashlib.sha256(one).hexdigest()]["received"] == 0
    assert told[hashlib.sha256(two).hexdigest()]["stored"] == 1
    assert readings(connection) == [("ENT01/V01", 12.6, "N")]


def test_a_part_whose_sibling_never_comes_is_answered_too(talker: Talker, connection: Connection) -> None:
    lone = part(f"DataTime={stamp()};a24088-Rtd=12.6,a24088-Flag=N;a21026-Rtd=3", 1, 2)
    talker.client.publish(f"{talker.topic}/hj212", lone, qos=1)
    receipt = talker.receipts.get(timeout=60)
    assert receipt["sha256"] == hashlib.sha256(lone).hexdigest()
    assert receipt["received"] == receipt["stored"] + len(receipt["rejected"]) > 0
    assert ("ENT01/V02", 3.0, "N") not in readings(connection)


def test_a_kill_between_the_parts_loses_nothing(
    database_url: str, connection: Connection, broker: Broker, tmp_path: Path
) -> None:
    apply_registry(connection, REGISTRY)
    environment = {
        **os.environ,
        "PARKWATCH_DATABASE_URL": database_url,
        "PARKWATCH_MQTT_URL": broker.ingest_url,
        "PARKWATCH_DATA_DIR": str(tmp_path / "data"),
    }
    command = [sys.executable, "-m", "parkwatch", "ingest"]

    def started() -> subprocess.Popen[bytes]:
        connection.execute("DELETE FROM heartbeats")
        process = subprocess.Popen(command, env=environment)
        wait_for(lambda: connection.execute("SELECT FROM heartbeats WHERE well").fetchone() is not None)
        return process

    talking = Talker(broker)
    one, two = part(f"DataTime={stamp()};a24088-Rtd=12", 1, 2), part(".6,a24088-Flag=N", 2, 2)
    process = started()
    try:
        talking.client.publish(f"{talking.topic}/hj212", one, qos=1)
        assert talking.send({"id": "marker", "data": []})["id"] == "marker"  # so the part has arrived
        process.send_signal(signal.SIGKILL)
        process.wait(10)
        assert readings(connection) == []
        process = started()
        talking.client.publish(f"{talking.topic}/hj212", two, qos=1)
        shas = {hashlib.sha256(p).hexdigest() for p in (one, two)}
        seen: set[str] = set()
        while not shas <= seen:
            seen.add(talking.receipts.get(timeout=40)["sha256"])
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(30)
        talking.close()
    assert readings(connection) == [("ENT01/V01", 12.6, "N")]


def test_a_fault_of_ours_costs_one_message(talker: Talker, connection: Connection) -> None:
    connection.execute(
        "CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN"
        " IF NEW.value = 666 THEN PERFORM 1 / 0; END IF; RETURN NEW; END $$"
    )
    connection.execute(
        "CREATE TRIGGER refuse BEFORE INSERT OR UPDATE ON latest_readings FOR EACH ROW EXECUTE FUNCTION refuse()"
    )
    at = stamp()
    for i, value in enumerate((1, 666, 2)):
        area = f"DataTime={int(at) + 0};a24088-Rtd={value},a24088-Flag=N" if i != 1 else f"DataTime={at};a21026-Rtd=666"
        talker.client.publish(f"{talker.topic}/hj212", frame(area), qos=1)
    told = [talker.receipts.get(timeout=30) for _ in range(3)]
    assert sorted((r["received"], len(r["rejected"])) for r in told) == [(1, 0), (1, 0), (1, 1)]
    assert [x["reason"] for r in told for x in r["rejected"]] == ["refused_by_database"]
    assert "internal error" in str(connection.execute("SELECT detail FROM rejected_readings").fetchone())


def test_endless_names_in_a_topic_poison_nothing(talker: Talker, connection: Connection, broker: Broker) -> None:
    import random

    import paho.mqtt.client as mqtt
    from paho.mqtt.enums import CallbackAPIVersion

    from ingest.consumer import BrokerAddress

    long = "".join(random.Random(1).choices("abcdefghijklmnopqrstuvwxyz0123456789", k=9_000))
    address = BrokerAddress.parse(broker.ingest_url)
    client = mqtt.Client(CallbackAPIVersion.VERSION2, protocol=address.version)
    client.username_pw_set(address.username, address.password)
    client.connect(address.host, address.port)
    client.loop_start()
    client.publish(f"pw/v1/{long}/{long}/telemetry", b'{"ts": 1, "values": {"A": 1}}', qos=1).wait_for_publish(10)
    client.publish(f"spBv1.0/{long}/NDATA/{long}", b"", qos=1).wait_for_publish(10)
    assert talker.send({"id": "after", "data": []})["id"] == "after"
    wait_for(lambda: connection.execute("SELECT count(*) FROM receipts").fetchone() == (3,))
    assert connection.execute("SELECT max(length(enterprise)) < 65 FROM ledger").fetchone() == (True,)
    client.disconnect()
    client.loop_stop()
