"""Loss curves and accuracy matrices in a real browser, opened from file://."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.leaderboard.opened import THEMES, Scheme, Tab, opened

METHODS = 25
SKIPPED = ("hyperinterval", "hypershot", "prototypes")  # on rotation
FILLS = "texts => texts.map(t => [t.previousElementSibling, t].map(e => getComputedStyle(e).fill))"
NAMES = "rows => rows.map(row => row.dataset.m)"


@pytest.fixture
def page(tab: Tab, nets_site: Path) -> Iterator[Page]:
    with opened(tab, nets_site / "invented/continual.html") as found:
        yield found


def rgb(text: str) -> list[float]:
    return [float(part) for part in text[text.index("(") + 1 : -1].split(",")[:3]]


def contrast(one: list[float], other: list[float]) -> float:
    """WCAG's contrast ratio, 1 to 21."""

    def luminance(colour: list[float]) -> float:
        linear = [
            c / 12.92 if c <= 0.03928 else ((c + 0.055) / 1.055) ** 2.4
            for c in (part / 255 for part in colour)
        ]
        return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]

    bright, dark = sorted((luminance(one), luminance(other)), reverse=True)
    return (bright + 0.05) / (dark + 0.05)


def test_there_is_a_heat_map_for_each_row_in_the_order_of_the_ranking(page: Page) -> None:
    ranking = page.locator(".rank.big tr[data-m]")
    panels = page.locator(".panels li[data-m]")
    order = ranking.evaluate_all(NAMES)
    assert len(order) == METHODS
    assert panels.evaluate_all(NAMES) == order


def test_a_heat_map_can_be_read_without_its_colours(page: Page) -> None:
    panel = page.locator('.panels li[data-m="mip"]')
    figures = panel.locator("text.mx").all_text_contents()
    assert len(figures) == 15  # 1 + 2 + 3 + 4 + 5
    assert all(0 <= float(text) <= 1 for text in figures)
    told = panel.get_by_role("img").get_attribute("aria-label") or ""
    assert told.startswith("MIP: task 1 after task 1: 0.")
    assert told.count(" after task 5: ") == 5


@pytest.mark.parametrize("scheme", THEMES)
def test_every_figure_stands_out_from_its_cell_in_both_themes(
    tab: Tab, nets_site: Path, scheme: Scheme
) -> None:
    with opened(tab, nets_site / "invented/continual.html", scheme=scheme) as page:
        pairs = page.locator("text.mx").evaluate_all(FILLS)
        seen = {(cell, text) for cell, text in pairs}
        assert len({cell for cell, _ in seen}) >= 8
        assert min(contrast(rgb(cell), rgb(text)) for cell, text in seen) >= 4.5


def test_the_same_entries_stand_in_a_table(page: Page) -> None:
    table = page.get_by_role("region", name="Figures of the matrices")
    expect(table).not_to_be_visible()
    page.get_by_text("The same as a table").click()
    expect(table).to_be_visible()
    expect(table.get_by_role("columnheader", name="after task 3", exact=True)).to_be_visible()
    row = table.get_by_role("row", name="MIP")
    assert row.get_by_role("cell").count() == 15
    table.get_by_role("button", name="Accuracy, task 1 after task 5").click()
    heading = table.get_by_role("columnheader", name="Accuracy, task 1 after task 5")
    expect(heading).to_have_attribute("aria-sort", "descending")


def test_losses_have_a_panel_a_row_and_diverged_points_stand_at_the_upper_edge(page: Page) -> None:
    page.goto(page.url.replace("continual", "rotation"))
    expect(
        page.get_by_role("heading", name="Loss of Adam and SGD by learning rate")
    ).to_be_visible()
    assert page.locator(".panels li[data-m]").count() == METHODS - len(SKIPPED)
    panel = page.locator('.panels li[data-m="neumeta"]')
    frame = panel.locator("svg").bounding_box()
    far = panel.locator(".cv-far").first.bounding_box()
    assert frame is not None
    assert far is not None
    assert far["y"] < frame["y"] + 0.15 * frame["height"]
    legend = page.locator("section", has=page.locator("#h-curves-1")).locator("div.key")
    expect(legend).to_contain_text("Adam of untouched (above) and joint (below)")
    expect(page.locator("main")).to_contain_text("The band is the 95% interval of the mean over")


def test_rows_that_were_skipped_are_named_instead_of_drawn(page: Page) -> None:
    page.goto(page.url.replace("continual", "rotation"))
    for name in SKIPPED:
        assert page.locator(f'.panels li[data-m="{name}"]').count() == 0
    shown = page.locator("section", has=page.locator("#h-curves-1"))
    expect(shown).to_contain_text(
        "Skipped on this task, so without a panel: Hyperinterval, Hypershot, Prototypes."
    )


def test_a_runs_page_has_its_matrix(page: Page) -> None:
    page.goto(page.url.replace("continual.html", "run.html#mip/mip-continual-default-0"))
    table = page.get_by_role("region", name="Accuracy on each task after task")
    heads = table.locator("thead th").all_inner_texts()
    assert heads == ["Accuracy", "task 1", "task 2", "task 3", "task 4", "task 5"]
    assert table.locator("tbody tr").nth(2).locator("td").all_inner_texts()[3:] == ["", ""]


@pytest.mark.parametrize("name", ["rotation", "continual", "width", "fewshot", "compress"])
def test_every_task_fits_a_phone_in_both_themes(tab: Tab, nets_site: Path, name: str) -> None:
    with opened(tab, nets_site / f"invented/{name}.html", 390, 800) as page:
        for closed in page.get_by_text("The same as a table").all():
            closed.click()
        seen = set()
        for scheme in THEMES:
            page.emulate_media(color_scheme=scheme)
            seen.add(page.evaluate("getComputedStyle(document.body).backgroundColor"))
            assert page.evaluate("document.documentElement.scrollWidth") <= 390, scheme
        assert len(seen) == 2, "the theme followed"
