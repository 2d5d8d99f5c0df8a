"""Metrics for Prometheus: read from the database at each scrape, so that every process may answer for all."""

from __future__ import annotations

from collections.abc import Iterator

from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from api.service import Service
from storage.connect import Connection
from storage.queries import fetch_dicts
from storage.replica import Reads, Standing

_OUTCOMES = ("received", "stored", "duplicate", "corrected", "rejected")
_STATE = {
    "dirty_hours": ("parkwatch_dirty_hours", "Marks of hours still to be computed"),
    "dirty_age_s": ("parkwatch_dirty_hours_oldest_age_seconds", "Age of the oldest such mark"),
    "newest_reading_age_s": ("parkwatch_newest_reading_age_seconds", "Time since a reading was last committed"),
    "imports_open": ("parkwatch_imports_open", "Imports queued or running"),
    "outbox_waiting": ("parkwatch_outbox_waiting", "Notifications not delivered yet"),
}


def exposition(service: Service) -> bytes:
    """The text of one scrape."""
    registry = CollectorRegistry(auto_describe=False)
    registry.register(_Scrape(service))
    return generate_latest(registry)


class _Scrape(Collector):
    def __init__(self, service: Service) -> None:
        self._service = service

    def describe(self) -> list[Metric]:
        return []

    def collect(self) -> Iterator[Metric]:
        info = GaugeMetricFamily("parkwatch_build_info", "The version that serves", labels=["version"])
        info.add_metric([self._service.version], 1)
        yield info
        yield GaugeMetricFamily("parkwatch_live_clients", "Open live streams", value=self._service.live.clients)
        if self._service.reads.has_replica:
            yield from _replica(self._service.reads)
        with self._service.pool.connection() as connection:
            yield from _books(connection)
            yield from _state(connection)
            yield from _jobs(connection)
            yield from _notes(connection)
            yield _alerts(connection)


def _replica(reads: Reads) -> Iterator[Metric]:
    counted = CounterMetricFamily("parkwatch_reads", "Reads by how the replica stood", labels=["replica"])
    for standing, number in reads.counted().items():
        counted.add_metric([standing.value], number)
    yield counted
    lag = reads.lag()
    text = "Whether the replica has all that the primary has"
    yield GaugeMetricFamily("parkwatch_replica_current", text, value=lag.standing is Standing.CURRENT)
    if lag.behind_bytes is not None:
        yield GaugeMetricFamily("parkwatch_replica_behind_bytes", "Log not replayed yet", value=lag.behind_bytes)
    if lag.behind_s is not None:
        text = "Age of the newest commit that the replica shows, 0 while it is current"
        yield GaugeMetricFamily("parkwatch_replica_behind_seconds", text, value=lag.behind_s)


def _books(connection: Connection) -> Iterator[Metric]:
    readings = CounterMetricFamily(
        "parkwatch_readings", "Readings by what became of them", labels=["enterprise", "outcome"]
    )
    for row in fetch_dicts(connection, "sum_ledger"):
        for outcome in _OUTCOMES:
            readings.add_metric([row["enterprise"], outcome], row[outcome])
    yield readings
    rejected = CounterMetricFamily("parkwatch_rejected_readings", "Refused readings", labels=["enterprise", "reason"])
    for row in fetch_dicts(connection, "sum_ledger_reasons"):
        rejected.add_metric([row["enterprise"], row["reason"]], row["rejected"])
    yield rejected


def _state(connection: Connection) -> Iterator[Metric]:
    (row,) = fetch_dicts(connection, "count_service_state")
    for column, (name, text) in _STATE.items():
        if row[column] is not None:
            yield GaugeMetricFamily(name, text, value=row[column])


def _jobs(connection: Connection) -> Iterator[Metric]:
    age = GaugeMetricFamily("parkwatch_job_age_seconds", "Time since a job last succeeded", labels=["job"])
    done = GaugeMetricFamily("parkwatch_job_ok", "Whether a job's newest run succeeded", labels=["job"])
    for row in fetch_dicts(connection, "list_job_ages"):
        done.add_metric([row["job"]], row["done"])
        if row["age_s"] is not None:
            age.add_metric([row["job"]], row["age_s"])
    yield age
    yield done


def _notes(connection: Connection) -> Iterator[Metric]:
    """What decoders tolerated or met, by kind."""
    families = {
        "hj212": CounterMetricFamily("parkwatch_hj212_tolerated", "Deviations from HJ 212 accepted", labels=["kind"]),
        "sparkplug": CounterMetricFamily("parkwatch_sparkplug_noted", "Oddities of Sparkplug B", labels=["kind"]),
        "status": CounterMetricFamily("parkwatch_gateway_statuses", "Statuses of gateways met", labels=["kind"]),
    }
    for row in fetch_dicts(connection, "list_decoder_notes"):
        if row["language"] in families:
            families[row["language"]].add_metric([row["kind"]], row["noted"])
    yield from families.values()


def _alerts(connection: Connection) -> Metric:
    alerts = GaugeMetricFamily("parkwatch_open_alerts", "Open alerts", labels=["kind", "severity"])
    for row in fetch_dicts(connection, "count_open_alerts"):
        alerts.add_metric([row["kind"], row["severity"]], row["open"])
    return alerts
