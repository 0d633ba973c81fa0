"""What a visitor has without scrolling, at every width, in both themes, on paper, and by ear."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page

from tests.leaderboard.opened import THEMES, Tab, opened

SCREENS = ((1400, 900), (1280, 720), (390, 844))
KINDS = (
    "index.html",
    "invented/index.html",
    "invented/near.html",
    "invented/curve.html",
    "invented/methods/tunable.html",
    "invented/methods/flaky.html",
    "invented/run.html#flaky/flaky-far-default-1",
    "empty/index.html",
    "docs/statistics.html",
    "changes.html",
)
"""A page of every kind."""

ROWS = """
height => [...document.querySelectorAll('.rank.big tbody tr:not(.ref):not(.empty)')]
  .filter(row => row.offsetParent !== null && row.getBoundingClientRect().bottom <= height)
  .map(row => ({
    name: row.querySelector('.c-name').innerText,
    behind: row.querySelector('.c-behind, .c-score').innerText,
    drawn: row.querySelector('.c-plot svg').getBoundingClientRect().width,
    cost: row.querySelector('.c-flops').offsetWidth,
  }))
"""


SETTLED = "Promise.all(document.getAnimations().map(one => one.finished)).then(() => null)"
"""Waits for buttons that take their time to change colour."""


@pytest.mark.parametrize(("width", "height"), SCREENS)
@pytest.mark.parametrize("path", ["index.html", "invented/index.html"])
def test_the_sentence_and_five_ranked_rows_are_there_without_scrolling(
    tab: Tab, nets_site: Path, path: str, width: int, height: int
) -> None:
    with opened(tab, nets_site / path, width, height) as page:
        sentence = page.locator(".words, .lead").first
        box = sentence.bounding_box()
        assert box
        assert box["y"] + box["height"] <= height
        rows = page.evaluate(ROWS, height)
        assert len(rows) >= 5
        for row in rows:
            assert row["name"]
            assert row["behind"]
            assert row["drawn"] >= 60
            assert row["cost"] > 0


@pytest.mark.parametrize("path", [*KINDS, "nets"])
def test_no_page_scrolls_sideways_at_any_width(
    tab: Tab, site: Path, nets_site: Path, path: str
) -> None:
    file = nets_site / KINDS[1] if path == "nets" else site / path
    with opened(tab, file, *SCREENS[1]) as page:
        for width in (320, 390, 600, 899, 900, 1040, 1280, 1600):
            page.set_viewport_size({"width": width, "height": 800})
            assert page.evaluate("document.documentElement.scrollWidth") <= width, width


SIX_NEEDS = """() => {
  const needs = document.querySelector(".rank.big tr[data-m] .needs:has(svg)");
  while (needs.children.length < 6) needs.append(needs.children[0].cloneNode(true));
  const cell = needs.closest("td").getBoundingClientRect();
  return [...needs.querySelectorAll("svg")].every((icon) => {
    const box = icon.getBoundingClientRect();
    return box.right <= cell.right && box.bottom <= cell.bottom;
  });
}"""
"""A row's first need six times: whether each icon lies in its cell."""


@pytest.mark.parametrize("width", [320, 390])
def test_many_needs_wrap_where_the_screen_is_narrow(tab: Tab, site: Path, width: int) -> None:
    with opened(tab, site / KINDS[1], width, 800) as page:
        assert page.evaluate(SIX_NEEDS)
        assert page.evaluate("document.documentElement.scrollWidth") <= width


@pytest.fixture(scope="module")
def lax(browser: Browser) -> Iterator[Tab]:
    """A tab that lets axe's script into a page, whose policy bars all but its own."""
    context = browser.new_context(bypass_csp=True)
    yield Tab(context.new_page())
    context.close()


@pytest.mark.parametrize("path", KINDS)
def test_axe_finds_nothing_in_either_theme(lax: Tab, site: Path, path: str) -> None:
    with opened(lax, site / path, *SCREENS[1]) as page:
        for scheme in THEMES:
            page.emulate_media(color_scheme=scheme)
            page.evaluate(SETTLED)
            assert violations(page) == [], scheme


@pytest.mark.parametrize("screen", [SCREENS[1], SCREENS[2]])
def test_axe_finds_nothing_in_a_choice_a_pair_and_the_other_views(
    lax: Tab, site: Path, screen: tuple[int, int]
) -> None:
    with opened(lax, site / "invented/index.html", *screen) as page:
        page.goto(f"{page.url}#var=default&pair=strong,tunable")
        page.locator("#pair h3").wait_for()
        page.locator("details.filters").evaluate("(filters) => { filters.open = true; }")
        page.locator("details.views summary").first.click()
        for kind in ("apart", "profile", "wins", "ranks", "without"):
            page.locator(f"details.views input[value={kind}]").first.evaluate("(x) => x.click()")
            page.locator("details.views .view > svg").first.wait_for()
            for scheme in THEMES:
                page.emulate_media(color_scheme=scheme)
                page.evaluate(SETTLED)
                assert violations(page) == [], (kind, scheme)


def violations(page: Page) -> list[tuple[str, str, list[str]]]:
    """What axe finds that isn't minor."""
    return [
        (one["id"], one["help"], [node["html"][:120] for node in one["nodes"]][:3])
        for one in Axe().run(page).response["violations"]
        if one["impact"] in ("moderate", "serious", "critical")
    ]


def test_a_phone_s_row_keeps_interval_and_cost_and_says_them_to_a_screen_reader(
    tab: Tab, site: Path
) -> None:
    with opened(tab, site / "invented/index.html", *SCREENS[2]) as page:
        row = page.locator('.rank.big tr[data-m="strong"]')
        said = row.aria_snapshot()
        assert " to " in said  # the interval of the difference
        assert "FLOP" in said


def test_on_paper_the_ranking_fits_one_page(tab: Tab, nets_site: Path) -> None:
    with opened(tab, nets_site / "invented/index.html", *SCREENS[1]) as page:
        page.emulate_media(media="print")
        table = page.locator(".track:visible table.rank.big").first.bounding_box()
        assert table
        # a landscape A4 page without its margins, at 96 dots an inch, is 720 high
        assert table["height"] <= 720
