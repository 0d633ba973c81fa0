"""One built site and one browser for all tests of the leaderboard."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, sync_playwright

from leaderboard.build import build
from tests.reports.invented import catalogue, metric, records, suite, task

ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


@pytest.fixture(scope="session")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A site of the invented suite, and of a suite without records."""
    of = suite()
    empty = suite("empty", (task("lonely", (metric("held_in"),), ("held_in",)),))
    out = tmp_path_factory.mktemp("site") / "site"
    build(records(of), catalogue(of, empty), "small", out)
    return out


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """The machine's own chromium; where there is none these tests fail."""
    with sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path="/usr/bin/chromium", args=ARGUMENTS)
        yield started
        started.close()
