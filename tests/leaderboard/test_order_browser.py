"""A ranking by several metrics in a real browser, opened from file://."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.leaderboard.opened import THEMES, Scheme, Tab, opened

PAGES = ("invented/index.html", "invented/rotation.html")


@pytest.fixture
def page(tab: Tab, nets_site: Path) -> Iterator[Page]:
    with opened(tab, nets_site / PAGES[0]) as found:
        yield found


def names(page: Page) -> list[str]:
    return page.locator(".rank.big tbody .c-name a").all_inner_texts()


def shown(page: Page, selector: str) -> list[str]:
    return page.locator(f".rank.big tbody tr[data-m] {selector} b").all_inner_texts()


@pytest.mark.parametrize("path", PAGES)
def test_the_metrics_stand_after_the_name_in_their_order(page: Page, path: str) -> None:
    page.goto(page.url.replace(PAGES[0], path))
    headings = page.locator(".rank.big thead th button").all_inner_texts()
    assert headings[1:5] == ["Method", "Failures", "Score: quality, 95% interval", "Sensitivity"]
    assert headings[5] == "Behind the lead, interval"


def test_rows_stand_in_the_order_of_the_ranking_when_the_page_has_loaded(page: Page) -> None:
    # a later row may well have the higher score: it fails more often
    assert names(page)[0] == "Joint"
    ranks = [int(text) for text in shown(page, ".c-rank")]
    assert ranks == sorted(ranks)
    scores = [float(text) for text in shown(page, ".c-score") if text != "–"]
    assert scores != sorted(scores, reverse=True)


def test_a_row_that_cant_do_every_task_isnt_ranked_and_says_how_many_it_can(page: Page) -> None:
    row = page.locator('.rank.big tr[data-m="hypershot"] .c-rank')
    expect(row).to_contain_text("of 5")
    assert names(page)[-1] in ("Prototypes", "Hypershot")


def test_a_second_click_on_rank_turns_it_round_and_a_third_restores_it(page: Page) -> None:
    before = names(page)
    rank = page.locator(".rank.big th.c-rank button")
    rank.click()
    assert names(page) == before[::-1]
    rank.click()
    assert names(page) == before


def test_a_metric_sorts_and_rows_without_it_stand_last(page: Page) -> None:
    page.locator("th.c-order-sensitivity button").click()
    assert "sort=c-order-sensitivity%3Aascending" in page.url
    values = shown(page, ".c-order-sensitivity")
    known = [float(text) for text in values if text != "–"]
    assert known == sorted(known)
    assert values[len(known) :] == ["–"] * (len(values) - len(known))
    assert "–" in values


def test_a_mean_that_lacks_runs_says_how_many(page: Page) -> None:
    lacking = page.locator('tr[data-m="input_only"] .c-order-sensitivity .lacks')
    expect(lacking).to_have_text("– in 5")


def test_the_rules_stand_under_the_table(page: Page) -> None:
    expect(page.locator("#rule")).to_contain_text(
        "failures 1, quality the lower of 0 and the task's worst row"
    )
    main = page.locator("main")
    expect(main).to_contain_text("Ranked by failures (low is better), then quality (0 at the floor")
    expect(main).to_contain_text("Every two rows are tested in each of these")


@pytest.mark.parametrize("scheme", THEMES)
@pytest.mark.parametrize("path", PAGES)
def test_on_a_phone_each_metric_is_a_line_of_its_row(
    tab: Tab, nets_site: Path, path: str, scheme: Scheme
) -> None:
    with opened(tab, nets_site / path, 390, 800, scheme) as page:
        assert page.evaluate("document.documentElement.scrollWidth") <= 390
        cell = page.locator('.rank.big tr[data-m="low_rank"] .c-order-failures')
        assert cell.is_visible()
        title = cell.evaluate("e => getComputedStyle(e, '::before').content")
        assert "Failures" in str(title)
