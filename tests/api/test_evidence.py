"""Evidence by API: JSON and PDF, sealed and verified, seen by those whose it is."""

from __future__ import annotations

import datetime as dt
import io
from collections.abc import Callable

import httpx
import pytest
from pypdf import PdfReader

from alerts.bundle import canonical, sha256_of
from alerts.seal import QUIET, seal_evidence
from storage.connect import Connection
from tests.alerts.bench import Bench, at
from tests.alerts.test_converted import outlet, work_off
from tests.api.test_lists import put_alert

Headers = dict[str, str]
HOUR, MINUTE = 3_600_000_000, 60_000_000
START = at("00:00")
PDF = {"Accept": "application/pdf"}
RULE = {
    "code": "nmhc-hour", "kind": "exceedance", "statistic": "mean_1h", "above": 60, "unit": "mg/m3",
    "standard": "GB 31572-2015", "clause": "表5", "verified": True, "points": {"point": "ENT01/V09"},
}  # fmt: skip


@pytest.fixture
def alert(park: Connection) -> int:
    """One hour over the limit, between two that are not, with a calibration in it."""
    bench = Bench(park)
    bench.rules(RULE)
    columns = {"reported_basis": "std_dry", "plausible_low": -2.0, "plausible_high": 2000.0}
    point = bench.point("V09", **columns)
    park.execute("UPDATE points SET name = '1号排口非甲烷总烃' WHERE id = %s", [point])
    for hour, level in enumerate((20.0, 90.0, 20.0)):
        flags = ["C" if hour == 1 and 9 < m < 15 else "N" for m in range(60)]
        rows = [(START + hour * HOUR + m * MINUTE, level + m % 7, flag) for m, flag in enumerate(flags)]
        bench.send(point, rows)
    bench.send(point, [(START + HOUR + 30 * MINUTE, 91.5, "N")])
    bench.send_hours([(point, START + h * HOUR, mean, 55) for h, mean in enumerate((23.0, 93.04, 23.0))])
    park.execute("UPDATE outbox SET delivered_at = now()")
    (found,) = bench.alerts(point)
    return int(found["id"])


def test_json_as_it_stands_then_sealed_then_verified(
    client: httpx.Client, park: Connection, alert: int, ent01: Headers, admin: Headers
) -> None:
    loose = client.get(f"/alerts/{alert}/evidence", headers=ent01).json()
    assert loose["sealed_at"] is None
    assert loose["bundle"]["alert"]["words"] == "自动监测小时均值高于限值(待核实)"
    assert loose["bundle"]["flags"] == {"C": 5, "N": 115}
    assert len(loose["bundle"]["corrections"]) == 1
    assert client.get(f"/alerts/{alert}/evidence/verify", headers=ent01).status_code == 404, "no seal yet"
    assert seal_evidence(park, dt.datetime.now(dt.UTC) + 2 * QUIET) == 1
    sealed = client.get(f"/alerts/{alert}/evidence", headers=ent01).json()
    assert sealed["sha256"] == loose["sha256"] == sha256_of(canonical(sealed["bundle"]))
    assert client.get(f"/alerts/{alert}/evidence/verify", headers=admin).json()["unchanged"] is True
    park.execute("UPDATE readings SET value = 59 WHERE value = 91.5")
    found = client.get(f"/alerts/{alert}/evidence/verify", headers=admin).json()
    assert (found["intact"], found["unchanged"]) == (True, False)
    change = {"path": "samples[2026-10-02T01:30:00+00:00].value", "sealed": 91.5, "now": 59.0}
    assert found["changes"] == [change]
    assert client.get(f"/alerts/{alert}/evidence", headers=ent01).json() == sealed, "what was sealed stays"


def test_the_pdf_reads_in_chinese_and_embeds_its_fonts(
    client: httpx.Client, park: Connection, alert: int, ent01: Headers
) -> None:
    seal_evidence(park, dt.datetime.now(dt.UTC) + 2 * QUIET)
    client.post(f"/alerts/{alert}/comments", headers=ent01, json={"comment": "治理设施检修"})
    response = client.get(f"/alerts/{alert}/evidence", headers=ent01 | PDF)
    assert response.headers["Content-Type"] == "application/pdf"
    reader = PdfReader(io.BytesIO(response.content))
    text = "\n".join(page.extract_text() for page in reader.pages)
    sha256 = client.get(f"/alerts/{alert}/evidence", headers=ent01).json()["sha256"]
    for words in (
        "自动监测小时均值高于限值(待核实)",
        "GB 31572-2015 表5",
        "93.04",
        "C 5",
        "治理设施检修",
        sha256,
        "待核实,非处罚依据",
    ):
        assert words in text, words
    fonts = [font.get_object() for page in reader.pages for font in page["/Resources"]["/Font"].values()]  # type: ignore[index]
    described = [font["/FontDescriptor"] for font in fonts if "/FontDescriptor" in font]
    assert described
    assert all("/FontFile2" in descriptor for descriptor in described)


def test_it_reads_in_english(client: httpx.Client, alert: int, ent01: Headers) -> None:
    response = client.get(f"/alerts/{alert}/evidence", params={"language": "en"}, headers=ent01 | PDF)
    text = "\n".join(page.extract_text() for page in PdfReader(io.BytesIO(response.content)).pages)
    assert "automatic monitoring: hourly mean above the limit" in text
    assert "Not sealed yet" in text


def test_a_warning_and_an_alert_without_readings_have_evidence_too(
    client: httpx.Client, park: Connection, admin: Headers
) -> None:
    bare = put_alert(park, kind="warning", statistic="reading")
    assert client.get(f"/alerts/{bare}/evidence", headers=admin).json()["bundle"]["samples"] == []
    assert client.get(f"/alerts/{bare}/evidence", headers=admin | PDF).status_code == 200


def test_it_is_for_those_whose_it_is(
    client: httpx.Client, park: Connection, alert: int, ent01: Headers, token: Callable[..., Headers]
) -> None:
    foreign = put_alert(park, "ENT02/V01")
    for path in ("evidence", "evidence/verify"):
        assert client.get(f"/alerts/{foreign}/{path}", headers=ent01).status_code == 404
        assert client.get(f"/alerts/{alert}/{path}", headers=token("wall")).status_code == 403
    accept = {"Accept": "image/png"}
    assert client.get(f"/alerts/{alert}/evidence", headers=ent01 | accept).status_code == 406


def test_the_pdf_shows_how_each_hour_was_converted(client: httpx.Client, park: Connection, admin: Headers) -> None:
    bench = Bench(park)
    point = bench.point("V09", reported_basis="raw_wet", outlet="DA001")
    outlet(bench)
    bench.rules(RULE | {"basis": "ref_o2", "reference_o2": 3})
    bench.send(point, [(at("10:00") + m * MINUTE, 35.0, "C" if m < 4 else "N") for m in range(60)])
    work_off(bench, park)
    (found,) = bench.alerts(point)
    for language, words in (
        ("zh", ("干基 ×1.053", "基准氧 ×2 (3 %)", "含湿量 5 (5 ~ 5)", "带标记 4", "ref_o2; o2=3 *", "均值(折算后)")),
        ("en", ("standard state ×1.459", "oxygen content 12 (12 ~ 12)", "flagged 4")),
    ):
        response = client.get(f"/alerts/{found['id']}/evidence", params={"language": language}, headers=admin | PDF)
        text = "".join(page.extract_text() for page in PdfReader(io.BytesIO(response.content)).pages)
        flat = text.replace("\n", "").replace(" ", "")
        assert [word for word in words if word.replace(" ", "") not in flat] == []
