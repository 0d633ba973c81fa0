"""The site in Debian's Firefox: what it draws is what Python says, as in Chromium.

Driven by Mozilla's own client, as Debian has no geckodriver and Playwright no Debian Firefox. Here
is a look at everything that scripts do; each promise is tested in Chromium (test_browser,
test_chosen_browser, test_carried, test_runs).
"""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from marionette_driver.marionette import Marionette

from reports.board import Board, boards
from reports.ranking import ranking
from reports.sentences import sentences
from tests.leaderboard.test_chosen_browser import of_rows
from tests.leaderboard.test_first_screen import KINDS
from tests.reports.invented import catalogue, records, suite

FIREFOX = "/usr/bin/firefox-esr"
WAIT = 20.0

RANKED = """
return [...document.querySelectorAll('.track:not(.rest) .rank.big tbody tr[data-m]')]
  .filter(row => row.offsetParent !== null).map(row => row.dataset.m)
"""


class Tab:
    """Firefox's one tab."""

    def __init__(self, driver: Marionette) -> None:
        self.driver = driver

    def open(self, file: Path, fragment: str = "") -> None:
        self.driver.navigate("about:blank")  # else another fragment loads nothing anew
        self.driver.navigate(file.as_uri().replace("%23", "#") + fragment)

    def run(self, script: str) -> Any:
        return self.driver.execute_script(script, sandbox=None)

    def until(self, script: str) -> Any:
        """What a script returns once that is true."""
        give_up = time.monotonic() + WAIT
        while not (found := self.run(script)):
            assert time.monotonic() < give_up, script
            time.sleep(0.05)
        return found


@pytest.fixture(scope="module")
def firefox() -> Iterator[Tab]:
    """The machine's own Firefox; where there is none these tests fail."""
    driver = Marionette(bin=FIREFOX, headless=True, gecko_log=os.devnull)
    driver.start_session()
    yield Tab(driver)
    driver.quit()
    driver.cleanup()


@pytest.fixture(scope="module")
def board() -> Board:
    of = suite()
    return boards(records(of), catalogue(of), "invented", "small")[0]


@pytest.mark.parametrize("path", KINDS)
def test_every_kind_of_page_is_drawn_and_fits(firefox: Tab, site: Path, path: str) -> None:
    firefox.open(site / path)
    if "run.html" in path:
        firefox.until("return document.querySelector('#run[data-drawn]') !== null")
    assert firefox.run("return document.querySelectorAll('h1').length") == 1
    assert firefox.run("return document.documentElement.classList.contains('js')")
    wide = "return document.documentElement.scrollWidth <= document.documentElement.clientWidth"
    for width in (500, 900, 1400):
        firefox.driver.set_window_rect(width=width, height=900)
        assert firefox.run(wide), width


def test_a_choice_is_ranked_and_worded_as_python_does(
    firefox: Tab, site: Path, board: Board
) -> None:
    rows = [row for row in board.rows if row.variant == "default"]
    chosen = of_rows(board, rows)
    firefox.open(site / "invented/index.html", "#var=default")
    firefox.until("return document.querySelector('#state').textContent.includes('anew')")
    assert firefox.run(RANKED) == [one.row.name for one in ranking(chosen, board.ranked)]
    said = " ".join(sentences(chosen, board.ranked)).replace("**", "")
    assert firefox.run("return document.querySelector('.words').textContent") == said


def test_two_rows_stand_head_to_head_and_other_views_are_drawn(firefox: Tab, site: Path) -> None:
    firefox.open(site / "invented/index.html", "#pair=strong,tunable")
    title = "return document.querySelector('#pair h3')?.textContent"
    assert firefox.until(title) == "Strong against Tunable"
    firefox.run("document.querySelector('details.views summary').click()")
    for kind in ("apart", "profile", "wins", "ranks", "without"):
        firefox.run(f"document.querySelector('details.views input[value={kind}]').click()")
        firefox.until("return document.querySelector('details.views .view > svg') !== null")


def test_a_method_s_runs_and_one_of_them_are_read_from_the_disk(firefox: Tab, site: Path) -> None:
    firefox.open(site / "invented/methods/flaky.html")
    firefox.run("document.querySelector('details.runs summary').click()")
    firefox.until("return document.querySelectorAll('details.runs tbody tr').length > 5")
    firefox.run("document.querySelector('details.runs tbody a').click()")
    assert "Flaky on" in firefox.until(
        "return document.querySelector('#run[data-drawn] h1')?.textContent"
    )


def test_the_theme_changes(firefox: Tab, site: Path) -> None:
    firefox.open(site / "index.html")
    before = firefox.run("return getComputedStyle(document.body).backgroundColor")
    firefox.run("document.querySelector('#theme').click()")
    assert firefox.run("return getComputedStyle(document.body).backgroundColor") != before
    firefox.run("localStorage.clear()")
