"""A task's curves in a real browser, opened from file://."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.leaderboard.opened import THEMES, Scheme, Tab, opened

TASK = "invented/along.html"


@pytest.fixture
def page(tab: Tab, curved_site: Path) -> Iterator[Page]:
    with opened(tab, curved_site / TASK, width=1600) as found:
        yield found


def test_there_is_a_panel_for_each_row_in_the_order_of_the_ranking(page: Page) -> None:
    ranking = page.locator(".rank.big").first.locator("tr[data-m]")
    panels = page.locator(".panels").first.locator("li[data-m]")
    assert panels.count() == 6
    order = [row.get_attribute("data-m") for row in ranking.all()]
    assert [panel.get_attribute("data-m") for panel in panels.all()] == order
    # floor and ceiling are drawn in every panel instead
    assert page.locator(".panels").first.locator("li").count() == 6


def test_panels_and_metrics_fold_and_unfold_with_the_ranking(page: Page) -> None:
    other = page.locator('.panels li[data-m="tunable"]').first
    table = page.locator('[aria-labelledby="h-metrics-1"] .figures')
    metrics = table.locator('tr[data-m="tunable"]')
    assert not other.is_visible()
    assert not metrics.is_visible()
    page.locator(".rank").get_by_role("button", name="Tunable default").click()
    assert other.is_visible()
    assert metrics.is_visible()
    table.get_by_role("button", name="Tunable default").click()
    assert not other.is_visible()
    assert not metrics.is_visible()


def test_a_panel_says_to_a_screen_reader_what_it_shows(page: Page) -> None:
    told = page.get_by_role("img", name="Strong: Held-in").get_attribute("aria-label")
    assert told is not None
    assert told.count(" at 2, ") == 2
    assert "; Held-out " in told


def test_both_curves_and_the_references_are_drawn_inside_the_panel(page: Page) -> None:
    panel = page.locator('.panels li[data-m="strong"]').first
    for selector, count in ((".cv-line", 2), (".cv-band", 2), (".cv-pt", 6)):
        assert panel.locator(selector).count() == count
    frame = panel.locator("svg").bounding_box()
    assert frame is not None
    for line in panel.locator(".cv-line").all():
        box = line.bounding_box()
        assert box is not None
        assert box["width"] > 0.6 * frame["width"]
        assert frame["y"] <= box["y"]
        assert box["y"] + box["height"] <= frame["y"] + frame["height"]
    shared = panel.locator("use").get_attribute("href")
    assert page.locator(f"{shared} .cv-scale").count() == 4  # floor and ceiling of two curves


@pytest.mark.parametrize("scheme", THEMES)
def test_the_two_curves_differ_in_colour_dash_and_mark_in_both_themes(
    tab: Tab, curved_site: Path, scheme: Scheme
) -> None:
    with opened(tab, curved_site / TASK, scheme=scheme) as page:
        style = "e => [getComputedStyle(e).stroke, getComputedStyle(e).strokeDasharray]"
        one, two = (page.locator(f".panels .cv-line.c{i}").first.evaluate(style) for i in range(2))
        assert one[0] != two[0]
        assert one[1] != two[1]
        assert page.locator(".panels circle.cv-pt.c0").count()
        assert page.locator(".panels rect.cv-pt.c1").count()
        paper = page.evaluate("getComputedStyle(document.body).backgroundColor")
        assert paper not in (one[0], two[0])


def test_a_failed_row_is_flagged(page: Page) -> None:
    flaky = page.locator('.panels li[data-m="flaky"]').first
    assert "†" in flaky.inner_text()


def test_the_same_figures_stand_in_a_table(page: Page) -> None:
    table = page.get_by_role("region", name="Figures of the curves").first
    expect(table).not_to_be_visible()
    page.get_by_text("The same as a table").first.click()
    expect(table).to_be_visible()
    expect(table.get_by_role("columnheader", name="Held-in, by experts")).to_be_visible()
    expect(table.get_by_role("columnheader", name="Held-out at 8")).to_be_visible()
    row = table.get_by_role("row", name="Strong").first
    assert row.get_by_role("cell").count() == 6
    table.get_by_role("button", name="Held-in at 2").click()
    heading = table.get_by_role("columnheader", name="Held-in at 2")
    expect(heading).to_have_attribute("aria-sort", "descending")


def test_points_are_no_columns_of_the_metrics_table(page: Page) -> None:
    table = page.get_by_role("region", name="Metrics of each method").first
    headings = table.locator("thead th").all_inner_texts()
    assert [text.split()[0] for text in headings] == ["Method", "Held-in", "Held-out", "Finished"]


def test_pointing_at_a_row_marks_its_panel(page: Page) -> None:
    page.locator('.rank.big tr[data-m="strong"]').first.hover()
    expect(page.locator('.panels li[data-m="strong"]').first).to_have_class("hi")


def test_a_runs_page_shows_its_points_beside_floor_and_ceiling(page: Page) -> None:
    page.goto(page.url.replace("along.html", "run.html#strong/strong-along-default-0"))
    curve = page.get_by_role("region", name="Held-in by experts")
    assert curve.locator("thead th").all_inner_texts() == ["Held-in by experts", "2", "4", "8"]
    assert curve.locator("tbody th").all_inner_texts() == ["this run", "floor", "ceiling"]
    assert page.locator(".tiles dt").all_inner_texts() == ["Score", "Held-in", "Held-out"]


@pytest.mark.parametrize("width", [390, 800, 1600])
def test_the_panels_fit_the_page(tab: Tab, curved_site: Path, width: int) -> None:
    with opened(tab, curved_site / TASK, width, 900) as page:
        page.get_by_text("The same as a table").first.click()
        assert page.evaluate("document.documentElement.scrollWidth") <= width
        across = {
            round(panel.evaluate("e => e.getBoundingClientRect().left"))
            for panel in page.locator(".panels").first.locator("li").all()
        }
        assert len(across) >= 2
