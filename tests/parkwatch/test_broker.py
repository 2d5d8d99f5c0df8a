"""The embedded brokers: who may enter, what they may do, what survives."""

from __future__ import annotations

import os
import queue
import signal
import stat
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from urllib.parse import parse_qs, unquote, urlsplit

import pytest
from paho.mqtt.client import Client
from paho.mqtt.enums import CallbackAPIVersion, MQTTProtocolVersion

from parkwatch.broker import Broker, Choice, embedded_broker, issue_login
from parkwatch.children import alive
from parkwatch.gateway_logins import issue, kept_login
from parkwatch.logins import Gateway, Login, accepts
from parkwatch.mosquitto import find_mosquitto
from parkwatch.settings import Settings
from schemas.errors import Conflict, InvalidInput, NotFound, Unavailable
from storage.connect import Connection

SERVICES_REQUIRED = os.environ.get("CI") == "true" or os.environ.get("PARKWATCH_REQUIRE_SERVICES") == "1"
GATEWAY = Gateway("ENT01", "gw1")


@contextmanager
def running(folder: Path, choice: str) -> Iterator[Broker]:
    if choice == "mosquitto" and find_mosquitto() is None:
        (pytest.fail if SERVICES_REQUIRED else pytest.skip)("needs mosquitto: apt-get install mosquitto")
    broker = embedded_broker(folder, Choice(choice))
    broker.start()
    try:
        yield broker
    finally:
        broker.stop()


@pytest.fixture(params=["mosquitto", "iotcore"])
def each_broker(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Broker]:
    with running(tmp_path / "broker", request.param) as broker:
        yield broker


class Talker:
    """A client that is connected, keeps what it hears, and waits for what it asks."""

    def __init__(self, url: str, client_id: str = "", *, persistent: bool = False) -> None:
        address = urlsplit(url)
        old = parse_qs(address.query).get("version") != ["5"]
        version = MQTTProtocolVersion.MQTTv311 if old else MQTTProtocolVersion.MQTTv5
        fresh = not persistent if old else None
        self.heard: queue.SimpleQueue[tuple[str, bytes]] = queue.SimpleQueue()
        self._done: queue.SimpleQueue[int] = queue.SimpleQueue()
        self.client = Client(CallbackAPIVersion.VERSION2, client_id=client_id, protocol=version, clean_session=fresh)
        self.client.username_pw_set(unquote(address.username or ""), unquote(address.password or ""))
        self.client.on_message = lambda _c, _u, m: self.heard.put((m.topic, bytes(m.payload)))
        self.client.on_subscribe = lambda _c, _u, mid, *_: self._done.put(mid)
        self.client.connect("127.0.0.1", address.port or 0)
        self.client.loop_start()

    def subscribe(self, topic: str) -> None:
        self.client.subscribe(topic, qos=1)
        self._done.get(timeout=10)

    def publish(self, topic: str, payload: bytes) -> None:
        self.client.publish(topic, payload, qos=1).wait_for_publish(10)

    def close(self) -> None:
        self.client.disconnect()
        self.client.loop_stop()


def gateway_url(broker: Broker, login: Login) -> str:
    return login.in_url(urlsplit(broker.url).port or 0, "3.1.1")


def wait_until(true: Callable[[], bool], what: str, seconds: float = 20.0) -> None:
    deadline = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < deadline, f"{what} did not come within {seconds:.0f} s"
        time.sleep(0.05)


def test_a_message_and_its_receipt(each_broker: Broker) -> None:
    login = each_broker.issue(GATEWAY)
    with closing(Talker(each_broker.ingest_url)) as ingest, closing(Talker(gateway_url(each_broker, login))) as gateway:
        ingest.subscribe("pw/v1/+/+/telemetry")
        gateway.subscribe("pw/v1/ENT01/gw1/receipts")
        gateway.publish("pw/v1/ENT01/gw1/telemetry", b"{}")
        assert ingest.heard.get(timeout=10) == ("pw/v1/ENT01/gw1/telemetry", b"{}")
        ingest.publish("pw/v1/ENT01/gw1/receipts", b"received")
        assert gateway.heard.get(timeout=10) == ("pw/v1/ENT01/gw1/receipts", b"received")


def test_a_megabyte_passes(each_broker: Broker) -> None:
    login = each_broker.issue(GATEWAY)
    with closing(Talker(each_broker.ingest_url)) as ingest, closing(Talker(gateway_url(each_broker, login))) as gateway:
        ingest.subscribe("pw/v1/+/+/telemetry")
        gateway.publish("pw/v1/ENT01/gw1/telemetry", bytes(1_000_000))
        assert len(ingest.heard.get(timeout=20)[1]) == 1_000_000


def test_nobody_enters_without_a_login(each_broker: Broker) -> None:
    port = urlsplit(each_broker.url).port or 0
    login = each_broker.issue(GATEWAY)
    assert accepts(port, login)
    assert not accepts(port, Login(login.username, "wrong"))
    assert not accepts(port, Login("somebody", login.password))
    assert not accepts(port, Login("", ""))


def test_files_are_private(each_broker: Broker, tmp_path: Path) -> None:
    each_broker.issue(GATEWAY)
    found = [path for path in (tmp_path / "broker").rglob("*") if path.is_file()]
    assert found
    assert [path for path in found if stat.S_IMODE(path.stat().st_mode) != 0o600] == []


def test_a_second_start_is_refused(each_broker: Broker, tmp_path: Path) -> None:
    choice = Choice.MOSQUITTO if each_broker.has_topic_rights else Choice.IOTCORE
    with pytest.raises(Conflict, match="running already"):
        embedded_broker(tmp_path / "broker", choice).start()


@pytest.mark.parametrize("choice", ["mosquitto", "iotcore"])
def test_a_restart_keeps_port_and_logins(tmp_path: Path, choice: str) -> None:
    with running(tmp_path, choice) as broker:
        urls, login = (broker.url, broker.ingest_url), issue_login(tmp_path, GATEWAY)
    with pytest.raises(Unavailable, match="parkwatch serve"):
        issue_login(tmp_path, GATEWAY)
    with running(tmp_path, choice) as broker:
        assert (broker.url, broker.ingest_url) == urls
        assert accepts(urlsplit(broker.url).port or 0, login)


def test_mosquitto_holds_a_gateway_to_its_topics(tmp_path: Path) -> None:
    with running(tmp_path, "mosquitto") as broker:
        mine, other = broker.issue(GATEWAY), broker.issue(Gateway("ENT02", "gw1"))
        with (
            closing(Talker(broker.ingest_url)) as ingest,
            closing(Talker(gateway_url(broker, mine))) as one,
            closing(Talker(gateway_url(broker, other))) as two,
        ):
            ingest.subscribe("#")
            two.subscribe("#")
            for topic in ("pw/v1/ENT02/gw1/telemetry", "pw/v1/ENT01/gw2/telemetry", "pw/v1/ENT01/gw1/receipts"):
                one.publish(topic, b"forbidden")
            one.publish("spBv1.0/ENT01/DDATA/edge", b"allowed")
            one.publish("pw/v1/ENT02/gw1/status", b"forbidden")
            one.publish("pw/v1/ENT01/gw1/hj212", b"allowed")
            one.publish("pw/v1/ENT01/gw1/status", b"allowed")
            heard = [ingest.heard.get(timeout=10) for _ in range(3)]
            assert heard == [
                ("spBv1.0/ENT01/DDATA/edge", b"allowed"),
                ("pw/v1/ENT01/gw1/hj212", b"allowed"),
                ("pw/v1/ENT01/gw1/status", b"allowed"),
            ]
            ingest.publish("pw/v1/ENT01/gw1/receipts", b"not for two")
            ingest.publish("pw/v1/alerts/HBW/ENT02", b"for two")
            assert two.heard.get(timeout=10) == ("pw/v1/alerts/HBW/ENT02", b"for two")
            assert two.heard.empty()


def test_mosquitto_gives_gateways_of_earlier_versions_todays_rights(tmp_path: Path) -> None:
    with running(tmp_path, "mosquitto") as broker:
        broker.issue(GATEWAY)
    [rights] = tmp_path.rglob("rights")
    today = rights.read_text()
    rights.write_text(today.replace("topic write pw/v1/ENT01/gw1/status\n", ""))
    with running(tmp_path, "mosquitto"):
        assert sorted(rights.read_text().splitlines()) == sorted(today.splitlines())
        assert "topic write pw/v1/ENT01/gw1/status" in rights.read_text()


def test_mosquitto_keeps_a_queue_over_a_restart(tmp_path: Path) -> None:
    with running(tmp_path, "mosquitto") as broker:
        login = broker.issue(GATEWAY)
        old = f"{broker.ingest_url.partition('?')[0]}?version=3.1.1"
        with closing(Talker(old, "keeper", persistent=True)) as ingest:
            ingest.subscribe("pw/v1/+/+/telemetry")
        with closing(Talker(gateway_url(broker, login))) as gateway:
            for number in range(1500):
                gateway.client.publish("pw/v1/ENT01/gw1/telemetry", str(number), qos=1)
            gateway.publish("pw/v1/ENT01/gw1/telemetry", b"last")
    with running(tmp_path, "mosquitto"), closing(Talker(old, "keeper", persistent=True)) as ingest:
        assert [ingest.heard.get(timeout=10)[1] for _ in range(1501)] == [*(b"%d" % n for n in range(1500)), b"last"]


def test_mosquitto_renews_a_login(tmp_path: Path) -> None:
    with running(tmp_path, "mosquitto") as broker:
        first, second = broker.issue(GATEWAY), issue_login(tmp_path, GATEWAY)
        port = urlsplit(broker.url).port or 0
        assert first.username == second.username == "ENT01.gw1"
        assert (accepts(port, first), accepts(port, second)) == (False, True)


def test_iotcore_ends_a_renewed_login_at_its_restart(tmp_path: Path) -> None:
    with running(tmp_path, "iotcore") as broker:
        first, second = broker.issue(GATEWAY), broker.issue(GATEWAY)
    with running(tmp_path, "iotcore") as broker:
        port = urlsplit(broker.url).port or 0
        assert (accepts(port, first), accepts(port, second)) == (False, True)


def test_a_killed_broker_starts_again(each_broker: Broker, tmp_path: Path) -> None:
    login = each_broker.issue(GATEWAY)
    [pid_file] = (tmp_path / "broker").rglob("pid")
    os.kill(int(pid_file.read_text()), signal.SIGKILL)
    wait_until(lambda: not each_broker.running, "the end of the broker")
    each_broker.start()
    assert accepts(urlsplit(each_broker.url).port or 0, login)


@pytest.mark.parametrize("code", ["", "a/b", "a+b", "#", "a b", "a.b", "a:b", "a\nb", "$SYS", "x" * 65])
def test_codes_that_would_break_a_topic_or_a_file(code: str) -> None:
    with pytest.raises(InvalidInput):
        Gateway("ENT01", code)


def test_credentials_need_a_known_enterprise(broker: Broker, connection: Connection, tmp_path: Path) -> None:
    settings = Settings(data_dir=tmp_path)
    with pytest.raises(NotFound, match="ENT01"):
        issue(settings, connection, GATEWAY)
    connection.execute("INSERT INTO parks (code, name) VALUES ('P', 'P')")
    connection.execute("INSERT INTO enterprises (code, name, park_id) SELECT 'ENT01', 'E', id FROM parks")
    for _ in range(2):
        login = issue(settings, connection, GATEWAY)
    assert accepts(urlsplit(broker.url).port or 0, login)
    assert connection.execute("SELECT code, username FROM gateways").fetchall() == [("gw1", login.username)]
    assert kept_login(settings, connection, GATEWAY) == kept_login(settings, connection, GATEWAY)


def test_credentials_of_an_external_broker(connection: Connection, tmp_path: Path) -> None:
    connection.execute("INSERT INTO parks (code, name) VALUES ('P', 'P')")
    connection.execute("INSERT INTO enterprises (code, name, park_id) SELECT 'ENT01', 'E', id FROM parks")
    passwords, rights = tmp_path / "passwords", tmp_path / "rights"
    rights.write_text("user keep\ntopic read #\n")
    external = Settings(tmp_path, mqtt_url="mqtt://broker", mqtt_password_file=passwords, mqtt_acl_file=rights)
    login = issue(external, connection, GATEWAY)
    issue(external, connection, GATEWAY)
    assert passwords.read_text().startswith(f"{login.username}:$7$101$")
    assert rights.read_text().splitlines()[:3] == ["user keep", "topic read #", "user ENT01.gw1"]
    assert rights.read_text().count("user ENT01.gw1") == 1
    with pytest.raises(Unavailable, match="PARKWATCH_MQTT_PASSWORD_FILE"):
        issue(Settings(tmp_path, mqtt_url="mqtt://broker"), connection, GATEWAY)


def test_pid_of_another_process_is_not_ours(tmp_path: Path) -> None:
    (tmp_path / "pid").write_text(str(os.getpid()))
    assert alive(tmp_path / "pid", tmp_path / "mosquitto.conf") is None
