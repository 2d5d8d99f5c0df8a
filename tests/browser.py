"""A real Chromium for tests of pages."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from playwright.sync_api import Browser, Page, sync_playwright

OVERFLOWS = "document.documentElement.scrollHeight > innerHeight || document.documentElement.scrollWidth > innerWidth"
CUT_TILES = (
    "[...document.querySelectorAll('.tile')].filter((t) => t.scrollWidth > t.clientWidth).map((t) => t.innerText)"
)


@contextmanager
def chromium() -> Iterator[Browser]:
    """A browser; without one the test is skipped, or fails where services are required."""
    path = os.environ.get("PARKWATCH_CHROMIUM") or shutil.which("chromium") or shutil.which("chromium-browser")
    if path is None:
        missing = "no Chromium; install it with `apt install chromium`, or name one in PARKWATCH_CHROMIUM"
        if os.environ.get("CI") or os.environ.get("PARKWATCH_REQUIRE_SERVICES"):
            pytest.fail(missing)
        pytest.skip(missing)
    with sync_playwright() as playwright:
        arguments = ["--no-sandbox", "--disable-gpu", "--disable-background-networking"]
        browser = playwright.chromium.launch(executable_path=path, args=arguments)
        yield browser
        browser.close()


@contextmanager
def wall_page(browser: Browser) -> Iterator[Page]:
    """A page of the size of a wall, in Wuhai."""
    size = {"width": 1920, "height": 1080}
    context = browser.new_context(viewport=size, timezone_id="Asia/Shanghai", locale="zh-CN")  # type: ignore[arg-type]
    context.set_default_timeout(15_000)
    yield context.new_page()
    context.close()


def complaints_of(page: Page) -> list[str]:
    """Errors and warnings of the page, as they come."""
    found: list[str] = []
    page.on("console", lambda message: found.append(message.text) if message.type in ("error", "warning") else None)
    page.on("pageerror", lambda error: found.append(str(error)))
    return found
