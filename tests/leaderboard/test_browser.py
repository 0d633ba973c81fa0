"""The site in a real browser, opened from file://."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from tests.leaderboard.opened import THEMES, Scheme, Tab, fresh, go, opened

PAGES = (
    "index.html",
    "invented/index.html",
    "invented/far.html",
    "invented/curve.html",
    "invented/methods/tunable.html",
    "invented/methods/flaky.html",
    "invented/methods/joint.html",
    "invented/run.html#flaky/flaky-far-default-1",
    "invented/run.html#strong/strong-near-default-0",
    "empty/index.html",
    "empty/lonely.html",
)


class Watched:
    """A tab in which the site's pages are opened by their path."""

    def __init__(self, tab: Tab, site: Path) -> None:
        self.tab, self.page, self.site = tab, tab.page, site

    def open(self, path: str, fragment: str = "") -> Page:
        go(self.page, self.site / path, fragment)
        return self.page


@pytest.fixture
def watched(tab: Tab, site: Path) -> Iterator[Watched]:
    with fresh(tab, 1600, 1000):
        yield Watched(tab, site)


def shown(page: Page) -> list[str]:
    """The methods of the rows on the screen, in order."""
    rows = page.locator(".rank.big tr[data-m]:visible")
    names: list[str] = rows.evaluate_all("rows => rows.map(row => row.dataset.m)")
    return names


@pytest.mark.parametrize("path", PAGES)
def test_a_page_opens_without_errors_and_asks_only_for_its_own_files(
    watched: Watched, path: str
) -> None:
    page = watched.open(path)
    assert page.locator("h1").count() == 1
    assert watched.tab.problems == []
    assert watched.tab.requests
    assert all(url.startswith((watched.site.as_uri(), "data:")) for url in watched.tab.requests)


@pytest.mark.parametrize("scheme", THEMES)
def test_pages_follow_the_reader_s_theme(tab: Tab, site: Path, scheme: Scheme) -> None:
    for path in PAGES[:3]:  # that every kind of page fits a phone: test_first_screen.py
        with opened(tab, site / path, 390, 800, scheme) as page:
            red, green, blue = page.evaluate(
                "getComputedStyle(document.body).backgroundColor.match(/[0-9]+/g).map(Number)"
            )
            assert (red + green + blue > 600) == (scheme == "light"), path


def test_the_ranking_is_in_its_order_with_references_at_their_score(watched: Watched) -> None:
    page = watched.open("invented/index.html")
    assert shown(page) == ["even_stronger", "strong", "tunable.tuned", "flaky", "useless"]
    names = page.locator('.track[data-track="single"] .rank tbody .c-name a').all_inner_texts()
    assert names[0] == "Joint"
    assert names[-2] == "Untouched"


def test_a_click_on_a_heading_sorts_and_a_second_one_turns_it_round(watched: Watched) -> None:
    page = watched.open("invented/index.html")
    flops = page.locator('.track[data-track="single"] th.c-flops button')
    flops.click()
    assert shown(page)[0] == "useless"
    assert shown(page)[-1] == "flaky"
    assert "sort=c-flops%3Aascending" in page.url
    flops.click()
    assert shown(page)[0] == "flaky"
    expect(page.locator('.track[data-track="single"] th.c-flops')).to_have_attribute(
        "aria-sort", "descending"
    )


def test_the_bracket_of_a_tie_shows_only_when_sorted_by_rank(watched: Watched) -> None:
    page = watched.open("invented/index.html")
    table = page.locator('.track[data-track="single"] table.rank')
    expect(table).to_have_class("rank big by-rank sortable")
    page.locator('.track[data-track="single"] thead th.c-name button').click()
    expect(table).to_have_class("rank big sortable")


def test_search_hides_rows_and_stays_in_the_url(watched: Watched) -> None:
    page = watched.open("invented/index.html")
    page.fill("#q", "tunable")
    assert shown(page) == ["tunable.tuned"]
    assert page.url.endswith("#q=tunable")
    again = watched.open("invented/index.html", "#q=strong&sort=c-score:ascending")
    assert shown(again) == ["strong", "even_stronger"]
    expect(again.locator("#state")).to_contain_text("ranks, intervals and ties are those of all")


def test_a_method_s_other_row_unfolds_below_it_and_folds_again(watched: Watched) -> None:
    page = watched.open("invented/index.html")
    button = page.locator(".rank").get_by_role("button", name="Tunable default")
    expect(button).to_have_attribute("aria-expanded", "false")
    button.click()
    assert shown(page) == [
        "even_stronger",
        "strong",
        "tunable.tuned",
        "tunable",
        "flaky",
        "useless",
    ]
    page.locator('.track[data-track="single"] th.c-flops button').click()  # sorted, still below it
    order = shown(page)
    assert order.index("tunable") == order.index("tunable.tuned") + 1
    button.click()
    assert "tunable" not in shown(page)


def test_where_only_one_variant_is_asked_for_its_rows_stand_by_themselves(watched: Watched) -> None:
    page = watched.open("invented/index.html", "#var=default")
    assert "tunable" in shown(page)
    assert "tunable.tuned" not in shown(page)


def test_on_a_task_s_page_rows_fold_too(watched: Watched) -> None:
    page = watched.open("invented/near.html")
    assert "tunable" not in shown(page)
    page.locator(".rank").get_by_role("button", name="Tunable default").click()
    assert "tunable" in shown(page)


def test_the_heat_map_unfolds_with_the_ranking(watched: Watched) -> None:
    page = watched.open("invented/index.html")
    track = page.locator('.track[data-track="single"]')
    other = track.locator('.heat tr[data-m="tunable"]')
    assert not other.is_visible()
    track.locator('.heat tr[data-m="tunable.tuned"] .fold').click()
    assert other.is_visible()
    assert "tunable" in shown(page)
    track.locator('.rank tr[data-m="tunable.tuned"] .fold').click()
    assert not other.is_visible()
    assert "tunable" not in shown(page)


def test_the_heat_map_marks_each_task_s_best_mean_and_says_how_many_share_its_rank(
    watched: Watched,
) -> None:
    def classes(cell: Locator) -> list[str]:
        return (cell.get_attribute("class") or "").split()

    def figure(cell: Locator) -> float:
        return float(re.sub("[^0-9.-]", "", (cell.text_content() or "").replace("\u2212", "-")))

    page = watched.open("invented/index.html")
    heat = page.locator('.track[data-track="single"] .heat')
    heads = heat.locator("thead th").all()[1:-1]
    rows = [row.locator("td").all() for row in heat.locator("tbody tr").all()]
    ranks = 'section[aria-labelledby="h-rank-1"] .rank tr[data-m] .c-rank'
    said = {}
    for place, head in enumerate(heads):
        cells = [c for c in (row[place] for row in rows) if "na" not in classes(c)]
        assert {figure(c) for c in cells if "best" in classes(c)} == {max(map(figure, cells))}
        said[head.locator("a").inner_text()] = head.locator("small").inner_text()
    for task, words in said.items():
        texts = watched.open(f"invented/{task}.html").locator(ranks).all_text_contents()
        first = [text for text in texts if re.match(r"\s*1\b", text)]
        assert words == f"{len(first)} at rank 1", texts


def test_a_row_that_a_filter_hides_is_not_unfolded_in_the_heat_map(watched: Watched) -> None:
    page = watched.open("invented/index.html", "#q=strong")
    assert not page.locator('.heat tr[data-m="tunable"]').first.is_visible()
    page.fill("#q", "tunable")
    heat = page.locator('.track[data-track="single"] .heat')
    assert not heat.locator('tr[data-m="tunable"]').is_visible()
    heat.locator(".fold").first.click()
    assert heat.locator('tr[data-m="tunable"]').is_visible()


def test_the_search_never_changes_a_rank(watched: Watched) -> None:
    page = watched.open("invented/index.html")
    ranks = '.track[data-track="single"] tr[data-m="tunable"] .c-rank'
    before = page.locator(ranks).inner_text()
    page.fill("#q", "tunable")
    assert "strong" not in shown(page)
    assert page.locator(ranks).inner_text() == before


def test_methods_that_need_what_is_unticked_are_hidden(watched: Watched) -> None:
    page = watched.open("invented/index.html")
    page.locator("#dd-need summary").click()
    page.locator("input[name=need][value=labels]").uncheck()
    assert shown(page) == ["even_stronger", "strong", "flaky", "useless"]
    assert "without=labels" in page.url
    assert not page.locator('.heat tr[data-m="tunable"]').first.is_visible()


def test_a_filter_hides_in_figures_what_it_hides_in_tables(watched: Watched) -> None:
    page = watched.open("invented/index.html", "#q=tunable")
    track = page.locator('.track[data-track="single"]')
    assert track.locator('svg g[data-m^="tunable"]').first.is_visible()
    assert track.locator('svg g[data-m="strong"]').count()
    assert not track.locator('svg g[data-m="strong"]').first.is_visible()
    page.fill("#q", "")
    expect(track.locator('svg g[data-m="strong"]').first).to_be_visible()


def test_rows_with_failed_runs_can_be_hidden(watched: Watched) -> None:
    page = watched.open("invented/index.html", "#ok=1")
    assert "flaky" not in shown(page)
    page.locator("#reset").click()
    assert "flaky" in shown(page)
    assert "#" not in page.url


def test_a_search_that_fits_nothing_says_so(watched: Watched) -> None:
    page = watched.open("invented/index.html", "#q=zzz")
    expect(page.locator(".msg:visible")).to_have_text("No method fits these filters.")


def test_tracks_are_shown_one_at_a_time(watched: Watched) -> None:
    page = watched.open("invented/index.html")
    page.locator("label:has(input[name=track][value=many])").click()
    assert shown(page) == ["many_models"]
    assert page.url.endswith("#track=many")


def test_the_theme_switch_turns_the_page_dark_and_is_remembered(watched: Watched) -> None:
    page = watched.open("invented/index.html")
    light = page.evaluate("getComputedStyle(document.body).backgroundColor")
    page.click("#theme")
    dark = page.evaluate("getComputedStyle(document.body).backgroundColor")
    assert light != dark
    again = watched.open("invented/near.html")
    assert again.evaluate("getComputedStyle(document.body).backgroundColor") == dark


def test_everything_can_be_reached_and_worked_from_the_keyboard(watched: Watched) -> None:
    page = watched.open("invented/index.html")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.className") == "skip"
    reached = set()
    for _ in range(60):
        page.keyboard.press("Tab")
        reached.add(page.evaluate("document.activeElement.id || document.activeElement.className"))
    assert {"theme", "q", "sort"} <= reached
    page.locator("#dd-need summary").focus()
    page.keyboard.press("Enter")
    expect(page.locator("#dd-need .panel")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.locator("#dd-need .panel")).not_to_be_visible()
    assert page.evaluate("document.activeElement.parentElement.id") == "dd-need"
    page.locator('.track[data-track="single"] th.c-score button').focus()
    page.keyboard.press("Enter")
    assert "sort=c-score%3Adescending" in page.url


def test_on_a_phone_rows_are_blocks_that_are_still_a_table_to_a_screen_reader(
    tab: Tab, site: Path
) -> None:
    with opened(tab, site / "invented/index.html", 390, 800) as page:
        row = page.locator('.rank tr[data-m="strong"]')
        assert row.evaluate("e => getComputedStyle(e).display") == "grid"
        assert page.get_by_role("table", name="Ranking of Single model").count() == 1
        cells = page.get_by_role("row", name="Strong").get_by_role("cell")
        assert cells.count() >= 4


def test_print_is_light_and_without_controls(watched: Watched) -> None:
    watched.page.emulate_media(media="print", color_scheme="dark")
    page = watched.open("invented/index.html")
    assert page.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(255, 255, 255)"
    assert not page.locator("#q").is_visible()


def test_without_scripts_every_track_can_be_read(browser: Browser, site: Path) -> None:
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto((site / "invented/index.html").as_uri())
    assert {"strong", "many_models"} <= set(shown(page))
    assert not page.locator("#q").is_visible()
    context.close()


def test_columns_can_be_added(tab: Tab, site: Path) -> None:
    with opened(tab, site / "invented/index.html", 1100, 800) as page:
        memory = page.locator('.track[data-track="single"] th.c-mem')
        assert not memory.is_visible()
        page.locator("#dd-col summary").click()
        page.locator("input[name=col][value=c-mem]").check()
        assert memory.is_visible()
