"""The pages in a real browser: readable by everybody, quiet, still without JavaScript, whole on a phone."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page

Pages = dict[str, dict[str, Path]]

WIDTHS = {"phone": (390, 844), "tablet": (820, 1180), "desk": (1200, 900)}
STRICT = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]


@contextmanager
def opened(browser: Browser, path: Path, **wishes: Any) -> Iterator[Page]:
    """A page that fails on whatever it says to the console or asks of the network."""
    context = browser.new_context(**wishes)
    shown = context.new_page()
    said: list[str] = []
    shown.on("console", lambda message: said.append(message.text))
    shown.on("pageerror", lambda error: said.append(str(error)))
    shown.on("request", lambda request: said.append(request.url) if request.url != path.as_uri() else None)
    shown.goto(path.as_uri())
    yield shown
    context.close()
    assert said == []


@pytest.mark.parametrize(
    ("language", "scheme"), [("fi", "light"), ("fi", "dark"), ("sv", "light"), ("en", "dark")]
)
def test_nobody_is_kept_out(browser: Browser, pages: Pages, language: str, scheme: str) -> None:
    """axe-core finds nothing wrong with any page, on a phone, with everything unfolded."""
    for path in pages[language].values():
        with opened(browser, path, color_scheme=scheme, viewport={"width": 390, "height": 844}) as shown:
            shown.evaluate("document.querySelectorAll('details').forEach(one => one.open = true)")
            found = Axe().run(shown, options={"runOnly": {"type": "tag", "values": STRICT}})
            assert found.violations_count == 0, f"{path.name}: {found.generate_report()}"


@pytest.mark.parametrize("width", WIDTHS)
def test_a_page_fits_its_screen(browser: Browser, pages: Pages, width: str, tmp_path: Path) -> None:
    """Nothing runs out at the side, and the first view shows what was asked and what came of it."""
    size = dict(zip(("width", "height"), WIDTHS[width], strict=True))
    for name, path in pages["fi"].items():
        with opened(browser, path, viewport=size) as shown:
            wide = shown.evaluate("document.documentElement.scrollWidth")
            assert (name, wide) == (name, size["width"])
            first = shown.locator("dl").first.bounding_box()
            assert first is not None
            assert first["y"] + min(first["height"], 160) <= size["height"]
            picture = tmp_path / f"{width}-{name}.png"
            shown.screenshot(path=picture)
            assert picture.stat().st_size > 5_000  # an empty view of this size has less


def test_charts_end_where_tables_end(browser: Browser, pages: Pages) -> None:
    """On a phone the drawing of a question is as wide as everything around it."""
    with opened(browser, pages["fi"]["pulse.html"], viewport={"width": 390, "height": 844}) as shown:
        figure, drawing = (
            shown.locator("article figure").first,
            shown.locator("article figure .narrow svg").first,
        )
        around, drawn = figure.bounding_box(), drawing.bounding_box()
        assert around is not None
        assert drawn is not None
        assert (drawn["x"], drawn["width"]) == (around["x"], around["width"])


def test_everything_is_there_without_javascript(browser: Browser, pages: Pages) -> None:
    """With JavaScript off the same words and charts stand on the page, and what is folded opens."""
    path = pages["en"]["pulse.html"]
    with opened(browser, path) as running, opened(browser, path, java_script_enabled=False) as still:
        assert still.locator("svg").count() == running.locator("svg").count() > 10
        assert still.locator("body").inner_text() == running.locator("body").inner_text()
        folded = still.locator("details").first
        folded.locator("summary").click()
        assert folded.locator("table, ul").first.is_visible()


def test_paper_shows_what_is_folded(browser: Browser, pages: Pages, tmp_path: Path) -> None:
    """In print every table is open and links to other pages are gone; the page becomes a PDF."""
    with opened(browser, pages["sv"]["pulse.html"]) as shown:
        shown.emulate_media(media="print")
        tables = shown.locator("details table")
        assert tables.count() > 3
        assert all(tables.nth(place).is_visible() for place in range(tables.count()))
        assert not shown.locator(".screen").first.is_visible()
        paper = tmp_path / "page.pdf"
        shown.pdf(path=paper)
        assert paper.read_bytes().startswith(b"%PDF")
