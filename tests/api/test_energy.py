"""Energy use, meters, invoices, targets and reports, over a real database."""

from __future__ import annotations

import datetime as dt
import io
from collections.abc import Callable
from pathlib import Path

import httpx
import pytest
from click.testing import CliRunner
from openpyxl import load_workbook
from pypdf import PdfReader

from parkwatch.cli import cli
from parkwatch.seed import seed_shipped
from storage.connect import Connection
from tests.api.park import point_id

Headers = dict[str, str]
BEGIN = dt.datetime(2025, 9, 30, 16, tzinfo=dt.UTC)  # October 2025, local: a month that is over
HOURS = 31 * 24
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


def put_hours(connection: Connection, address: str, amount: float, *, skip: int = 0) -> None:
    connection.execute(
        "INSERT INTO hourly_facts (point_id, hour, n, n_valid, delta, covered_s, valid) "
        "SELECT %s, %s + i * interval '1 hour', 60, 60, %s, 3600, true FROM generate_series(%s::int, %s::int) i",
        [point_id(connection, address), BEGIN, amount, skip, HOURS - 1],
    )


def add_point(connection: Connection, code: str, role: str, medium: str, unit: str, attributes: str = "{}") -> None:
    connection.execute(
        "INSERT INTO points (enterprise_id, code, name, medium, quantity, kind, unit, role, interval_s, attributes) "
        "SELECT id, %s, %s, %s, 'x', 'interval', %s, %s, 60, %s FROM enterprises WHERE code = 'ENT01'",
        [code, code, medium, unit, role, attributes],
    )


@pytest.fixture
def metered(park: Connection) -> Connection:
    """October 2025 of ENT01: 100 kWh an hour bought, 4 hours missing, half seen by a sub-meter; its accounts."""
    seed_shipped(park)
    put_hours(park, "ENT01/E01", 100, skip=4)
    put_hours(park, "ENT01/S01", 10)
    add_point(park, "M01", "submeter", "electricity", "MWh", '{"parent": "E01", "accuracy_class": "0.5S"}')
    add_point(park, "W01", "water", "water", "t")
    add_point(park, "P01", "production", "product", "t")
    for code, amount in (("M01", 0.05), ("W01", 3), ("P01", 2)):
        put_hours(park, f"ENT01/{code}", amount)
    park.execute("UPDATE points SET attributes = '{\"verification_due\": \"2020-01-01\"}' WHERE code = 'E01'")
    for scope in ("city", "enterprise:ENT01"):
        for grain, starts in (("month", BEGIN), ("year", "2024-12-31T16:00Z"), ("day", BEGIN)):
            park.execute(
                "INSERT INTO green_power (scope, grain, starts_at, rule, consumption_kwh, direct_line_kwh, "
                "self_used_kwh, green_trade_kwh, certificate_kwh, excess_kwh, policy_share, physical_share, "
                "hourly_matched_share, coverage, share_low, share_high) VALUES "
                "(%s, %s, %s, 'wuhai-plan@1', 81440, 0, 7440, 10000, 0, 0, 0.2141, 0.0914, 0.0914, 0.997, 0.21, 0.22)",
                [scope, grain, starts],
            )
    return park


def test_energy_use_by_month(client: httpx.Client, metered: Connection, ent01: Headers) -> None:
    (month,) = client.get("/energy-use", params={"period": "2025-10"}, headers=ent01).json()["items"]
    assert (month["period"], month["scope"]) == ("2025-10", "enterprise:ENT01")
    bought, own = month["lines"]
    assert bought["amount"] == (HOURS - 4) * 100
    assert bought["coverage"] == pytest.approx((HOURS - 4) / HOURS)
    assert month["calorific_kgce"] == pytest.approx((bought["amount"] + own["amount"]) * 0.1229)
    assert month["supply_rate_verified"] is False
    assert month["water_m3_per_t"] == pytest.approx(1.5)
    assert client.get("/energy-use", params={"period": "2025-10-01"}, headers=ent01).status_code == 422


def test_meters_show_what_is_due_and_what_does_not_add_up(
    client: httpx.Client, metered: Connection, admin: Headers
) -> None:
    query = {"enterprise": "ENT01", "period": "2025-10"}
    meters = {m["point"]: m for m in client.get("/meters", params=query, headers=admin).json()["items"]}
    parent = meters["ENT01/E01"]
    assert "verification_overdue" in parent["findings"]
    assert parent["imbalance"]["hours"] == HOURS - 4
    assert parent["imbalance"]["imbalance_share"] == pytest.approx(0.5)
    assert meters["ENT01/M01"]["parent"] == "ENT01/E01"
    metered.execute("UPDATE hourly_facts SET delta = 0.2 WHERE point_id = %s", [point_id(metered, "ENT01/M01")])
    (parent,) = [m for m in client.get("/meters", params=query, headers=admin).json()["items"] if m["imbalance"]]
    assert "children_exceed_parent" in parent["findings"]


def test_invoices_all_or_nothing(client: httpx.Client, metered: Connection, ent01: Headers) -> None:
    good = "enterprise,month,energy_kwh,number\nENT01,2025-10,74000,A\nENT01,2025-10,500,B\n"
    csv = ent01 | {"Content-Type": "text/csv"}
    assert client.post("/invoices", content=good, headers=csv).json() == {"added": 2, "known": 0}
    assert client.post("/invoices", content=good, headers=csv).json() == {"added": 0, "known": 2}
    wrong = "enterprise,month,energy_kwh\nENT01,2025-11,7\nENT01,2025-12,minus\n"
    refused = client.post("/invoices", content=wrong, headers=csv)
    assert refused.status_code == 422
    assert "body:3: energy_kwh" in refused.json()["detail"]
    foreign = client.post("/invoices", json={"enterprise": "ENT02", "month": "2025-10", "energy_kwh": 1}, headers=ent01)
    assert foreign.status_code == 404
    other = client.post(
        "/invoices", json={"enterprise": "ENT01", "month": "2025-10", "energy_kwh": 1, "number": "A"}, headers=ent01
    )
    assert other.status_code == 409
    (month,) = client.get("/invoices", headers=ent01).json()["items"]
    assert (month["month"], month["numbers"], month["invoiced_kwh"]) == ("2025-10", ["A", "B"], 74500)
    assert month["difference_kwh"] == pytest.approx((HOURS - 4) * 100 - 74500)
    assert month["verdict"] == "agrees"


def test_targets_say_how_they_stand(client: httpx.Client, metered: Connection, admin: Headers, ent01: Headers) -> None:
    def target(headers: Headers) -> dict[str, object]:
        items = client.get("/targets", headers=headers).json()["items"]
        return next(item for item in items if item["code"] == "green-power-2027")

    metered.execute("UPDATE green_power SET starts_at = starts_at WHERE grain = 'year'")
    found = target(admin)
    current = found["current"]
    assert isinstance(current, dict)
    assert (current["year"], current["share"], current["coverage"]) == (2025, 0.2141, 0.997)
    assert (found["forecast"], found["unforecast"]) == (None, "too_little_history")
    assert target(ent01)["current"] is None, "the city's share is not an enterprise's to see"
    for back in range(1, 12):
        metered.execute(
            "INSERT INTO green_power (scope, grain, starts_at, rule, consumption_kwh, direct_line_kwh, self_used_kwh, "
            "policy_share) VALUES ('city', 'month', date_trunc('month', %s::timestamptz + interval '8 h', 'UTC') "
            "- make_interval(months => %s) - interval '8 h', 'wuhai-plan@1', 1000, 0, 0, 0.2)",
            [BEGIN, back],
        )
    forecast = target(admin)["forecast"]
    assert isinstance(forecast, dict)
    assert forecast["low"] <= forecast["value"] <= forecast["high"]
    assert (forecast["months_used"], forecast["words"]) == (12, "趋势推算")


def text_of(pdf: bytes) -> str:
    return "\n".join(page.extract_text() for page in PdfReader(io.BytesIO(pdf)).pages)


def test_the_pdf_reads_in_chinese_and_embeds_its_fonts(
    client: httpx.Client, metered: Connection, ent01: Headers
) -> None:
    metered.execute("INSERT INTO ledger_reasons VALUES ('ENT01', '2025-10-07', 'bad_timestamp', 41)")
    metered.execute(
        "INSERT INTO meter_steps (point_id, from_ts, to_ts, kind, in_hours, rule) "
        "VALUES (%s, %s, %s, 'unexplained', false, 'fall')",
        [point_id(metered, "ENT01/E01"), BEGIN + dt.timedelta(hours=1), BEGIN + dt.timedelta(hours=2)],
    )
    answer = client.get("/reports/2025-10", headers=ent01)
    assert answer.headers["Content-Type"] == "application/pdf"
    text = text_of(answer.content)
    for words in ("能源与绿电月报", "示例氯碱企业", "2025年10月", "21.4 %", "wuhai-plan@1", "99.7 %", "21.0 – 22.0 %",
                  "无法解释", "bad_timestamp", "未经核查", "缺测 4 点位小时"):  # fmt: skip
        assert words in text, words
    fonts = {str(f["/BaseFont"]) for p in PdfReader(io.BytesIO(answer.content)).pages
             for f in (r.get_object() for r in p["/Resources"]["/Font"].values()) if "/FontDescriptor" in f}  # type: ignore[index]  # fmt: skip
    assert any("ParkWatchSans-Regular" in name for name in fonts)


def test_the_pdf_in_english(client: httpx.Client, metered: Connection, admin: Headers) -> None:
    answer = client.get("/reports/2025-10", params={"scope": "city", "language": "en"}, headers=admin)
    text = text_of(answer.content)
    for words in ("Monthly energy and green-power report", "October 2025", "bounds 21.0 – 22.0 %", "not verified"):
        assert words in text, words


@pytest.mark.parametrize(("language", "summary"), [("zh", "摘要"), ("en", "Summary")])
def test_the_workbook_holds_numbers_and_charts(
    client: httpx.Client, metered: Connection, ent01: Headers, language: str, summary: str
) -> None:
    metered.execute("UPDATE enterprises SET name = '=HYPERLINK(1)' WHERE code = 'ENT01'")
    answer = client.get("/reports/2025-10", params={"language": language}, headers=ent01 | {"Accept": XLSX})
    assert answer.headers["Content-Type"] == XLSX
    book = load_workbook(io.BytesIO(answer.content))
    sheet = book[summary]
    values = {row[0]: row[1] for row in sheet.iter_rows(min_row=7, values_only=True) if row[0]}
    assert 0.2141 in values.values()
    assert 81.44 in values.values()
    assert [len(s._charts) for s in book.worksheets[1:3]] == [1, 1]  # type: ignore[attr-defined]
    cells = [cell for s in book.worksheets for row in s.iter_rows() for cell in row]
    assert not [cell.value for cell in cells if cell.data_type == "f"], "a name is never a formula"


def test_reports_are_seen_like_green_power(
    client: httpx.Client, metered: Connection, token: Callable[..., Headers], ent01: Headers
) -> None:
    def status(headers: Headers, **query: str) -> int:
        return client.get("/reports/2025-10", params=query, headers=headers).status_code

    assert status(token("wall"), scope="city") == 200
    assert status(token("wall"), scope="enterprise:ENT01") == 404
    assert status(token("environment")) == 403
    assert status(ent01, scope="city") == 404
    assert status(ent01, scope="enterprise:ENT02") == 404
    assert client.get("/reports/2025-10", headers=ent01 | {"Accept": "text/csv"}).status_code == 406
    assert client.get("/reports/2025-12", headers=ent01).status_code == 404
    assert client.get("/reports/2025", headers=ent01).status_code == 404


def test_the_command_writes_the_same_report(
    metered: Connection, database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PARKWATCH_DATABASE_URL", database_url)
    out = tmp_path / "october.pdf"
    done = CliRunner().invoke(cli, ["report", "--month", "2025-10", "--scope", "enterprise:ENT01", "--out", str(out)])
    assert done.exit_code == 0, done.output
    assert "示例氯碱企业" in text_of(out.read_bytes())
    wrong = CliRunner().invoke(cli, ["report", "--month", "2025-10", "--out", str(tmp_path / "x.doc")])
    assert wrong.exit_code == 1
