"""One Chromium of the system for the whole run, and the pages of an association that has asked a lot."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, sync_playwright

from reports import page
from tests.reports.association import association_report

NAMES = ("chromium", "chromium-browser", "google-chrome")
"""What the systems call it."""

QUIET = (
    "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync", "--no-sandbox",
)  # fmt: skip
"""A browser that opens files and does nothing else."""


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """The system's Chromium, headless."""
    found = next((path for name in NAMES if (path := shutil.which(name))), None)
    assert found is not None, "There is no Chromium here; `make test-browser` brings it."
    with sync_playwright() as playwright:
        running = playwright.chromium.launch(executable_path=found, args=list(QUIET))
        yield running
        running.close()


@pytest.fixture(scope="session")
def pages(tmp_path_factory: pytest.TempPathFactory) -> dict[str, dict[str, Path]]:
    """Every page of the association's report as a file, by language and file name."""
    report = association_report(tmp_path_factory.mktemp("association"))
    written: dict[str, dict[str, Path]] = {}
    for language in ("fi", "sv", "en"):
        folder = tmp_path_factory.mktemp(language)
        page.publish(report, folder, language)
        written[language] = {path.name: path for path in sorted(folder.iterdir())}
    return written
