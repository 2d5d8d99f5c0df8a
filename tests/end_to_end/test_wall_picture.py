"""The wall of a live demo: it moves, it asks nobody else, it fits its screen. It also sits for the README's picture.

``PARKWATCH_UPDATE_IMAGES=1`` writes docs/images/wall.png. ``PARKWATCH_IMAGE_DATA_DIR`` names the data folder of a
stopped demo that has its history (``./dev demo --backfill``); without it the month has only the demo's six hours.
"""

from __future__ import annotations

import io
import os
import re
from pathlib import Path

import pytest
from PIL import Image
from playwright.sync_api import Page, expect

from tests.browser import OVERFLOWS, chromium, complaints_of, wall_page
from tests.served import Start, wait_until

pytestmark = [pytest.mark.browser, pytest.mark.slow]
PICTURE = Path(__file__).parents[2] / "docs" / "images" / "wall.png"
LARGEST = 400_000  # bytes; the repository carries it
SCREENS = ((1366, 768), (3840, 2160), (1920, 1080))
UPDATE = os.environ.get("PARKWATCH_UPDATE_IMAGES") == "1"


def link_in(log: Path) -> str | None:
    found = re.findall(r"http://\S+/login\?link=\S+", log.read_text(encoding="utf-8", errors="replace"))
    return found[-1] if found else None


def in_few_colours(png: bytes) -> bytes:
    """The picture in 256 colours, which are all a dark wall needs."""
    packed = io.BytesIO()
    Image.open(io.BytesIO(png)).convert("RGB").quantize(256, dither=Image.Dither.NONE).save(
        packed, "PNG", optimize=True
    )
    return packed.getvalue()


def figures(page: Page) -> list[str]:
    return page.locator(".tile .figure").all_inner_texts()


def test_the_wall_of_a_live_demo(serve: Start, tmp_path: Path) -> None:
    history = os.environ.get("PARKWATCH_IMAGE_DATA_DIR")
    if UPDATE and history:
        (tmp_path / "data").symlink_to(Path(history).resolve(), target_is_directory=True)
    with chromium() as browser:
        served = serve(command=("demo",))
        wait_until(lambda: link_in(tmp_path / "log") is not None, "the link")
        with wall_page(browser) as page:
            complaints, asked = complaints_of(page), set[str]()
            page.on("request", lambda request: asked.add(request.url))
            page.goto(link_in(tmp_path / "log") or "")
            look_at(page)
            if UPDATE:
                PICTURE.write_bytes(in_few_colours(page.screenshot()))
            assert complaints == []
            assert {url for url in asked if not url.startswith(served.urls["http"])} == set()
    assert PICTURE.stat().st_size < LARGEST


def look_at(page: Page) -> None:
    """Every outlet of the demo with its enterprise, fresh and judged, and values that move."""
    expect(page.locator(".tile")).to_have_count(24)
    expect(page.locator(".counts li.no_data.zero")).to_be_visible(timeout=90_000)
    expect(page.locator(".counts li.not_judged.zero")).to_be_visible(timeout=90_000)
    expect(page.locator(".tile.stale")).to_have_count(0)
    names = page.locator(".tile .owner").all_inner_texts()
    assert len(set(names)) == 12
    assert "氯碱一厂" in names
    before = figures(page)
    wait_until(lambda: figures(page) != before, "a value that moves", 90)
    expect(page.locator("#share")).to_have_text(re.compile(r"^\d+\.\d$"), timeout=90_000)
    expect(page.locator("#carbon")).to_contain_text("按月结算,本月累计")
    expect(page.locator("#carbon")).to_contain_text("无燃料计量")
    for width, height in SCREENS:
        page.set_viewport_size({"width": width, "height": height})
        assert not page.evaluate(OVERFLOWS), (width, height)
