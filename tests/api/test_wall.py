"""The wall in a real Chromium: what it shows, and that a frozen number never looks live."""

from __future__ import annotations

import datetime as dt
import os
from collections.abc import Iterator
from zoneinfo import ZoneInfo

import httpx
import pytest
from playwright.sync_api import Browser, Page, expect

from schemas.access import AccessRole
from storage.connect import Connection
from storage.tokens import create_link
from tests.api.park import point_id, put_readings, serving
from tests.api.test_lists import put_alert
from tests.browser import CUT_TILES, OVERFLOWS, chromium, complaints_of, wall_page

pytestmark = pytest.mark.browser
SHANGHAI = ZoneInfo("Asia/Shanghai")
SHARES = """
INSERT INTO green_power (scope, grain, starts_at, rule, consumption_kwh, direct_line_kwh, self_used_kwh, policy_share,
                         physical_share, coverage, share_low, share_high)
SELECT scope, grain, date_trunc(grain, now(), 'Asia/Shanghai'), 'plan-2027',
       200000, 30000, 4000, share, share, 0.97, share - 0.02, share + 0.03
FROM (VALUES ('city', 'month', 0.287), ('park:HBW', 'month', 0.312)) v (scope, grain, share)
UNION ALL
SELECT 'city', 'hour', date_trunc('day', now(), 'Asia/Shanghai') + hour * interval '1 hour', 'plan-2027',
       200000 + 6000 * abs(12 - hour), 30000, 4000 * greatest(0, 7 - abs(12 - hour)), NULL, 0.2, 1, 0.2, 0.2
FROM generate_series(0, 23) hour
"""


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as opened:
        yield opened


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    with wall_page(browser) as opened:
        yield opened


@pytest.fixture
def lively(park: Connection) -> Connection:
    """Outlets in every state, alerts, shares and emissions of today."""
    park.execute(
        "INSERT INTO points (enterprise_id, code, name, medium, quantity, kind, unit, role, interval_s) "
        "SELECT e.id, 'V' || lpad(i::text, 2, '0'), i || '号排口非甲烷总烃', 'air', 'a24088', 'gauge', 'mg/m3', "
        "'stack', 60 "
        "FROM enterprises e, generate_series(2, 12) i"
    )
    park.execute("INSERT INTO alert_states SELECT 'r', id, 'inactive', now(), now() FROM points")
    now = dt.datetime.now(dt.UTC).replace(microsecond=0)
    for i, value in enumerate([72.5, 12.61, 85.2, 8.4, 31.7, 4.25]):
        put_readings(park, f"ENT01/V0{i + 1}", now - dt.timedelta(seconds=20 + i), [value])
    put_readings(park, "ENT02/V01", now - dt.timedelta(hours=3), [15.5])
    put_readings(park, "ENT02/V02", now - dt.timedelta(seconds=15), [22.0])
    park.execute("UPDATE alert_states SET state = 'not_judged' WHERE point_id = %s", [point_id(park, "ENT02/V02")])
    put_alert(park, at=now - dt.timedelta(hours=1))
    put_alert(park, "ENT01/V03", kind="warning", at=now - dt.timedelta(minutes=9))
    put_alert(park, "ENT02/V01", kind="exceedance", verified=False, at=now - dt.timedelta(hours=4))
    park.execute(
        'INSERT INTO alerts (rule, kind, scope, state, severity, statistic, value, "limit", unit, clause, verified,'
        " opened_at, last_at, rule_body) VALUES ('g', 'warning', 'gateway:ENT01/gw1', 'firing', 'warning', 'missing',"
        " 600, 600, 's', '', true, now(), now(), '{}')"
    )
    park.execute(
        "INSERT INTO targets VALUES ('green-2027', '绿电占比', 'policy_share', 'city', 2027, 0.35, '1', 'plan')"
    )
    park.execute(SHARES)
    park.execute(
        "INSERT INTO emissions VALUES ('city', 'day', date_trunc('day', now(), 'Asia/Shanghai'), 'mee', "
        "812000, 2913000, 2544000, 0.97, '[]')"
    )
    return park


def sign_in(page: Page, server: str, connection: Connection) -> None:
    page.goto(f"{server}/login?link={create_link(connection, AccessRole.WALL)}")
    expect(page).to_have_url(f"{server}/wall")
    expect(page.locator("html[data-ready]")).to_be_attached()


def test_wall_shows_the_park(page: Page, lively: Connection, server: str) -> None:
    complaints = complaints_of(page)
    sign_in(page, server, lively)
    tile = page.locator('[data-point="ENT01/V01"]')
    expect(tile).to_contain_text("72.50")
    expect(tile).to_contain_text("高于限值")
    expect(page.locator('[data-point="ENT01/V02"]')).to_contain_text("正常")
    expect(page.locator('[data-point="ENT01/V03"]')).to_contain_text("偏高")
    expect(page.locator('[data-point="ENT02/V02"]')).to_contain_text("未判定")
    expect(page.locator('[data-point="ENT02/V03"]')).to_contain_text("从未收到")
    unverified = page.locator('[data-point="ENT02/V01"]')
    expect(unverified).to_contain_text("偏高")
    expect(unverified).to_contain_text("已停更")
    alerts = page.locator("#alerts")
    expect(alerts).to_contain_text("自动监测小时均值高于限值(待核实)")
    expect(alerts).to_contain_text("高于参考值(非判定依据)")
    silent = alerts.locator("li").filter(has_text="数据中断")
    expect(silent.locator(".who")).to_have_text("网关 ENT01/gw1")
    expect(page.locator("#share")).to_have_text("28.7")
    expect(page.locator("#share-note")).to_contain_text("plan-2027")
    expect(page.locator("#share-note")).to_contain_text("覆盖 97.0%")
    expect(page.locator("#share-against")).to_contain_text("35.0%")
    expect(page.locator("#carbon")).to_contain_text("2,544.0")
    expect(tile.locator(".owner")).to_have_text("氯碱企业")
    expect(tile.locator(".name")).to_have_text("非甲烷总烃")
    expect(page.locator("#carbon-note")).to_contain_text("按规则核算,未经核查")
    expect(page.locator("#load canvas")).to_be_visible()
    local = dt.datetime.now(SHANGHAI)
    expect(page.locator("#date")).to_contain_text(f"{local:%Y-%m-%d}")
    if os.environ.get("PARKWATCH_SCREENSHOT"):
        page.screenshot(path=os.environ["PARKWATCH_SCREENSHOT"])
    put_readings(lively, "ENT01/V02", dt.datetime.now(dt.UTC), [13.37])
    expect(page.locator('[data-point="ENT01/V02"]')).to_contain_text("13.37")
    put_alert(lively, "ENT01/V02", kind="warning", at=dt.datetime.now(dt.UTC))
    lively.execute("NOTIFY parkwatch_live")
    expect(page.locator('[data-point="ENT01/V02"]')).to_contain_text("偏高")
    assert not page.evaluate(OVERFLOWS)
    lively.execute("UPDATE readings SET value = 118.23; UPDATE latest_readings SET value = 118.23")
    lively.execute("UPDATE alerts SET value = 109.04")
    page.reload()
    expect(tile).to_contain_text("109.0")
    assert page.evaluate(CUT_TILES) == []
    assert complaints == []


def test_a_lost_stream_is_shown(page: Page, lively: Connection, database_url: str) -> None:
    with serving(database_url, heartbeat_s=0.2) as server:
        sign_in(page, server, lively)
        expect(page.locator("#alerts")).to_contain_text("待核实")
        expect(page.locator("#lost")).to_be_hidden()
    page.clock.install()  # the silence need not be sat through
    page.clock.fast_forward(20_000)
    expect(page.locator("#lost")).to_be_visible(timeout=30_000)
    expect(page.locator("#lost")).to_contain_text("实时连接中断")


def test_a_link_is_good_once(page: Page, park: Connection, server: str) -> None:
    link = create_link(park)
    first = httpx.get(f"{server}/login", params={"link": link})
    assert first.status_code == 303
    cookie = first.headers["Set-Cookie"]
    assert "HttpOnly" in cookie
    assert "SameSite=strict" in cookie
    again = httpx.get(f"{server}/login", params={"link": link})
    assert again.status_code == 410
    assert "链接已使用或已过期" in again.text
    assert "This link was used or has expired" in again.text
    expired = create_link(park)
    park.execute("UPDATE tokens SET expires_at = now() - interval '1 s' WHERE kind = 'link' AND used_at IS NULL")
    assert httpx.get(f"{server}/login", params={"link": expired}).status_code == 410
    page.goto(f"{server}/wall")
    expect(page.locator("h1")).to_have_text("此屏幕尚未授权")


def test_a_session_only_reads(park: Connection, server: str) -> None:
    session = httpx.get(f"{server}/login", params={"link": create_link(park, AccessRole.ADMIN)}).cookies
    with httpx.Client(base_url=f"{server}/api/v1", cookies=session) as browser:
        assert browser.get("/me").json()["role"] == "admin"
        assert browser.post("/imports", content=b"x").status_code == 403
    assert httpx.get(f"{server}/api/v1/me", headers={"Authorization": f"Bearer {create_link(park)}"}).status_code == 401
