"""What the tests of the ways in share: a served ingest, a gateway by hand, HJ 212 frames, Sparkplug payloads."""

from __future__ import annotations

import datetime as dt
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from ingest.decode.hj212 import encode
from ingest.decode.sparkplug.payload import new_payload
from ingest.service import IngestSettings, run

MN = "0A5B00C8900016F000150001"
CHINA = dt.timezone(dt.timedelta(hours=8))

REGISTRY = f"""
parks: [{{code: HBW, name: 示例园区}}]
enterprises:
  - code: ENT01
    park: HBW
    points:
      - {{code: V01, kind: gauge, unit: mg/m3, role: stack, quantity: a24088, range: [-5, 5000],
         hj212: {{mn: {MN}, code: a24088, unit: mg/m3}}}}
      - {{code: V02, kind: gauge, unit: mg/m3, role: stack, quantity: a21026, hj212: {{mn: {MN}, code: a21026}}}}
      - {{code: T01, kind: gauge, unit: degC, role: plant, sparkplug: press/temperature}}
      - {{code: P01, kind: gauge, unit: kW, role: plant, sparkplug: edge7/power}}
  - code: ENT02
    park: HBW
    points:
      - {{code: V01, kind: gauge, unit: mg/m3, role: stack, quantity: a24088,
         hj212: {{mn: 0A5B00C8900016F000150002, code: a24088, crc: modbus_low_first, length: ignored}}}}
"""


@contextmanager
def serving(database_url: str, mqtt_url: str, **settings: Any) -> Iterator[None]:
    """Ingest in a thread, until the end of the block."""
    stop = threading.Event()
    told = IngestSettings(database_url=database_url, mqtt_url=mqtt_url, **settings)
    thread = threading.Thread(target=run, args=(told, stop))
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join(30)
        assert not thread.is_alive()


def wait_for(condition: Callable[[], bool], patience_s: float = 40.0) -> None:
    deadline = time.monotonic() + patience_s
    while not condition():
        assert time.monotonic() < deadline, "the condition did not come true"
        time.sleep(0.05)


def stamp(age_s: float = 60.0) -> str:
    """DataTime of so many seconds ago."""
    return (dt.datetime.now(CHINA) - dt.timedelta(seconds=age_s)).strftime("%Y%m%d%H%M%S")


def segment(
    area: str, *, cn: str = "2011", flag: int = 5, mn: str = MN, extra: str = "", qn: str = "20260801090000123"
) -> bytes:
    """A data segment; flag 5 asks for an acknowledgement."""
    return f"QN={qn};ST=31;CN={cn};PW=123456;MN={mn};Flag={flag};{extra}CP=&&{area}&&".encode()


def frame(area: str, **header: Any) -> bytes:
    return encode(segment(area, **header))


def part(area: str, number: int, of: int, **header: Any) -> bytes:
    return encode(segment(area, flag=7, extra=f"PNUM={of};PNO={number};", **header))


def sparkplug(seq: int | None, metrics: list[dict[str, Any]], *, bd_seq: int | None = None) -> bytes:
    """A payload; a metric is name or alias, datatype (double unless told) and value, stamped now unless ``at_ms``."""
    now_ms = int(time.time() * 1000)
    payload = new_payload()
    payload.timestamp = now_ms
    if seq is not None:
        payload.seq = seq
    if bd_seq is not None:
        metric = payload.metrics.add()
        metric.name, metric.datatype, metric.long_value = b"bdSeq", 8, bd_seq
    for told in metrics:
        metric = payload.metrics.add()
        metric.timestamp = told.get("at_ms", now_ms)
        if "name" in told:
            metric.name, metric.datatype = told["name"].encode(), 10
        if "alias" in told:
            metric.alias = told["alias"]
        metric.double_value = told["value"]
    return payload.SerializeToString()
