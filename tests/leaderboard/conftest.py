"""Built sites and one tab for all tests of the leaderboard."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser

from leaderboard.build import build
from tests.conftest import BuildOnce
from tests.leaderboard.opened import Tab
from tests.reports import invented_nets
from tests.reports.invented import catalogue, curved_task, metric, records, suite, task


@pytest.fixture(scope="session")
def site(build_once: BuildOnce) -> Path:
    """A site of the invented suite, and of a suite without records."""

    def made(out: Path) -> None:
        of = suite()
        empty = suite("empty", (task("lonely", (metric("held_in"),), ("held_in",)),))
        build(records(of), catalogue(of, empty), "small", out)

    return build_once("invented_site", made)


@pytest.fixture(scope="session")
def curved_site(build_once: BuildOnce) -> Path:
    """A site of a suite whose one task has curves."""

    def made(out: Path) -> None:
        of = suite(tasks=(curved_task(),))
        build(records(of), catalogue(of), "small", out)

    return build_once("curved_site", made)


@pytest.fixture(scope="session")
def nets_site(build_once: BuildOnce) -> Path:
    """A site of 25 methods on five tasks, ranked by three metrics."""

    def made(out: Path) -> None:
        build(invented_nets.records(), invented_nets.catalogue(), "small", out)

    return build_once("nets_site", made)


@pytest.fixture(scope="session")
def tab(browser: Browser) -> Iterator[Tab]:
    """A tab for all tests, since a context of its own costs each of them a process of chromium.

    Tests take it with `opened` or `fresh`, which leave nothing in it.
    """
    context = browser.new_context()
    yield Tab(context.new_page())
    context.close()
