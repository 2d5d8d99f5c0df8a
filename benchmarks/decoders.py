"""How fast the decoders are, on one core: ``./dev bench decoders``. Processor time, the best of five runs each."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path
from time import process_time

from ingest.decode import hj212, sparkplug
from ingest.decode.sparkplug.payload import new_payload
from schemas.sparkplug import SparkplugTopic

CASES = Path(__file__).parent.parent / "tests" / "cases" / "hj212"
NOW_US = 1_785_546_000_000_000
DATA = SparkplugTopic("ENT01", "NDATA", "edge")


def main(_: list[str]) -> int:
    """Print a line for each decoder and size of message."""
    for case, copies in (("negative_near_zero", 1), ("voc_stack_real_time", 1), ("voc_stack_real_time", 11)):
        payload = (CASES / case / "payload.txt").read_bytes() * copies
        values = len(hj212.decode(payload).values)
        _measure(f"HJ 212, {copies} frames, {values} values", values, partial(hj212.decode, payload))
    for metrics in (1, 100):
        node, payload = _sparkplug(metrics)
        _measure(
            f"Sparkplug B, {metrics} metrics by alias",
            metrics,
            partial(sparkplug.decode, DATA, payload, node, NOW_US),
        )
    return 0


def _measure(what: str, values: int, decode: Callable[[], object]) -> None:
    best_s = min(_once(decode, 20_000 // values + 1) for _ in range(5))
    print(f"{what}: {1 / best_s:,.0f} messages/s, {values / best_s:,.0f} readings/s", flush=True)


def _once(decode: Callable[[], object], times: int) -> float:
    start = process_time()
    for _ in range(times):
        decode()
    return (process_time() - start) / times


def _sparkplug(metrics: int) -> tuple[sparkplug.EdgeNode, bytes]:
    node = sparkplug.EdgeNode()
    birth, data = new_payload(), new_payload()
    for payload in (birth, data):
        payload.seq, payload.timestamp = 0, NOW_US // 1000
        for alias in range(metrics):
            metric = payload.metrics.add()
            metric.alias, metric.timestamp, metric.double_value = alias, NOW_US // 1000, 12.5
            if payload is birth:
                metric.name, metric.datatype = b"V%03d" % alias, 10
    sparkplug.decode(SparkplugTopic("ENT01", "NBIRTH", "edge"), birth.SerializeToString(), node, NOW_US)
    return node, data.SerializeToString()
