"""What a reader has and may spend: a choice on a suite's page is ranked anew, in a real browser."""

import csv
import json
from collections.abc import Iterator
from dataclasses import replace
from io import StringIO
from pathlib import Path

import pytest
from playwright.sync_api import Locator, Page, expect

from leaderboard.site import gather
from reports.board import Board, Row
from reports.digits import decimals, figure, signed, span
from reports.ranking import ranking
from reports.sentences import sentences
from reports.statistics import Interval
from tests.leaderboard.opened import Tab, opened
from tests.reports import invented

INDEX = "invented/index.html"


@pytest.fixture
def page(tab: Tab, site: Path) -> Iterator[Page]:
    with opened(tab, site / INDEX) as found:
        yield found


@pytest.fixture(scope="module")
def board() -> Board:
    of = invented.suite()
    made = gather(invented.records(of), invented.catalogue(of), "small")
    return made.suites["invented"].scored[0]


def of_rows(board: Board, rows: list[Row]) -> Board:
    return replace(board, rows=tuple(rows), rankings={})


def at(page: Page, hash: str) -> Page:
    """The page at an address, loaded anew."""
    address = page.url.split("#")[0]
    page.goto("about:blank")
    page.goto(f"{address}#{hash}")
    return page


def drawn(page: Page) -> None:
    """Wait until a choice is drawn."""
    expect(page.locator("#state")).to_contain_text("ranked anew")


def ranked_rows(page: Page) -> list[str]:
    """The names of the first track's ranked rows, in order."""
    found: list[str] = page.locator(".track:not(.rest)").first.evaluate(
        "(part) => [...part.querySelectorAll('.rank tr[data-m]')]"
        ".filter((row) => row.querySelector('.c-rank b') && (!row.hidden || row.dataset.of))"
        ".map((row) => row.dataset.m)"
    )
    return found


def text(page: Page, row: str, cell: str) -> str:
    selector = f'.track:not(.rest) .rank tr[data-m="{row}"] {cell}'
    return " ".join((page.locator(selector).first.text_content() or "").split())


def written(interval: Interval) -> str:
    places = decimals(interval.half) + 1
    return signed(interval.mean, places) + span(interval.low, interval.high, places)


def test_a_choice_is_drawn_as_reports_rank_it(page: Page, board: Board) -> None:
    rows = [row for row in board.rows if row.variant == "default"]
    expected = ranking(of_rows(board, rows), board.ranked)
    page.locator("label", has=page.locator("input[name=var][value=default]")).click()
    drawn(page)
    assert ranked_rows(page) == [one.row.name for one in expected]
    for one in expected:
        place = f"{one.place.rank}"
        if one.place.tied:
            place += f"={one.place.rank}–{one.place.last}"
        assert text(page, one.row.name, ".c-rank") == place
        if one.behind is not None:
            assert text(page, one.row.name, ".c-behind") == written(one.behind.interval)
        score = figure(one.score.mean, decimals(one.score.half, 1))
        assert score in text(page, one.row.name, ".c-score")


def test_the_sentence_is_of_the_choice(page: Page, board: Board) -> None:
    rows = [row for row in board.rows if row.variant == "default"]
    at(page, "var=default")
    drawn(page)
    said = " ".join(sentences(of_rows(board, rows), board.ranked)).replace("**", "")
    assert page.locator(".words").first.text_content() == said


def test_tasks_choose_what_it_is_ranked_over(page: Page, board: Board) -> None:
    [*_, last] = board.ranked
    page.locator("#dd-task summary").click()
    for task in board.ranked[:-1]:
        page.locator(f'input[name=task][value="{task}"]').uncheck()
    drawn(page)
    assert ranked_rows(page) == [one.row.name for one in ranking(board, [last])]
    assert f"tasks={last}" in page.url
    expect(page.locator(".track:not(.rest) .over").first).to_contain_text(f"over {last}")


def test_the_last_task_cant_be_unticked(page: Page, board: Board) -> None:
    [*_, last] = board.ranked
    at(page, f"tasks={last}")
    page.locator("#dd-task summary").click()
    page.locator(f'input[name=task][value="{last}"]').click()
    expect(page.locator(f'input[name=task][value="{last}"]')).to_be_checked()


def test_a_budget_leaves_out_what_costs_more(page: Page, board: Board) -> None:
    everything = {one.row.name for one in ranking(board, board.ranked)}
    at(page, "seconds=0.000001")
    expect(page.locator(".rank .empty").first).to_be_visible()
    expect(page.locator(".words").first).to_have_text("No method fits this choice.")
    at(page, "seconds=1e9")  # enough for all, so that nothing is said of a choice
    expect(page.locator("#dd-spend")).to_contain_class("on")
    assert set(ranked_rows(page)) == everything
    expect(page.locator("#state")).not_to_contain_text("anew")


def test_ticked_rows_alone_are_ranked(page: Page, board: Board) -> None:
    chosen = [one.row for one in ranking(board, board.ranked)][:3]
    for row in chosen:
        page.locator(f'.rank tr[data-m="{row.name}"] .tick').first.evaluate("(box) => box.click()")
    page.locator("#only").click()
    drawn(page)
    rows = [row for row in board.rows if row in chosen]
    assert ranked_rows(page) == [r.row.name for r in ranking(of_rows(board, rows), board.ranked)]


def test_showing_everything_again_puts_back_what_was_built(page: Page) -> None:
    before = page.locator("main").inner_html()
    page.locator("label", has=page.locator("input[name=var][value=default]")).click()
    drawn(page)
    assert page.locator("main").inner_html() != before
    page.locator("#reset").click()
    expect(page.locator("#state")).not_to_contain_text("anew")
    assert page.locator("main").inner_html() == before


def test_an_address_gives_the_choice_that_it_was_made_from(page: Page) -> None:
    page.locator("label", has=page.locator("input[name=var][value=default]")).click()
    page.locator("#dd-task summary").click()
    page.locator("input[name=task]").first.uncheck()
    drawn(page)
    rows = ranked_rows(page)
    again = at(page, page.url.split("#")[1])
    drawn(again)
    assert ranked_rows(again) == rows


@pytest.mark.parametrize("asked", ["tasks=nowhere", "only=nobody", "without=x", "seconds=much"])
def test_what_an_address_asks_in_vain_is_said_and_left_out(page: Page, asked: str) -> None:
    everything = ranked_rows(page)
    at(page, asked)
    expect(page.locator("#state")).to_contain_text(
        f"Not here, so left out: {asked.replace('=', ' ')}."
    )
    assert ranked_rows(page) == everything


def test_the_search_ranks_nothing_anew(page: Page) -> None:
    at(page, "var=default")
    drawn(page)
    ranks = {row: text(page, row, ".c-rank") for row in ranked_rows(page)}
    page.fill("#q", "tunable")
    expect(page.locator("#state")).to_contain_text("ranks, intervals and ties are those of the")
    [row] = ranked_rows(page)
    assert text(page, row, ".c-rank") == ranks[row]


def test_two_ticked_rows_stand_head_to_head(page: Page, board: Board) -> None:
    first, second = (one.row for one in ranking(board, board.ranked)[:2])
    for row in (first, second):
        page.locator(f'.rank tr[data-m="{row.name}"] .tick').first.evaluate("(box) => box.click()")
    page.locator("#compare").click()
    panel = page.locator("#pair")
    expect(panel.locator("h3")).to_have_text(f"{first.label} against {second.label}")
    for task in board.ranked:
        line = panel.locator("tr", has=page.locator(f'th:text-is("{task}")'))
        expect(line.locator(".pairdot")).to_have_count(len(board.seeds[task]))
    assert f"pair={first.name}%2C{second.name}" in page.url
    panel.locator("#closepair").click()
    expect(panel).to_be_hidden()


def test_a_pair_that_isnt_two_is_said(page: Page, board: Board) -> None:
    at(page, f"pair={board.rows[0].name}")
    expect(page.locator("#state")).to_contain_text("left out: pair")


@pytest.mark.parametrize("form", ["csv", "json"])
def test_a_choice_is_a_download_in_full_precision(page: Page, board: Board, form: str) -> None:
    at(page, "var=default")
    drawn(page)
    page.locator("#dd-col + .dd summary").click()
    with page.expect_download() as waiting:
        page.locator(f".choicefile[data-form={form}]").click()
    content = waiting.value.path().read_text(encoding="utf-8")
    rows = json.loads(content)["rows"] if form == "json" else [*csv.DictReader(StringIO(content))]
    methods = [row for row in rows if row["kind"] == "method"]
    chosen = [row for row in board.rows if row.variant == "default"]
    expected = ranking(of_rows(board, chosen), board.ranked)
    assert [row["method"] for row in methods] == [one.row.method for one in expected]
    for row, one in zip(methods, expected, strict=True):
        assert int(row["rank"]) == one.place.rank
        assert float(row["score"]) == pytest.approx(one.score.mean, rel=1e-12)


def own_file(folder: Path, method: str, seeds: int, tasks: list[str]) -> Path:
    """Some of a method's records under the name `mine`, as JSON lines."""
    made = [
        r
        for r in invented.records(invented.suite())
        if r.method == method and r.variant == "default" and r.seed < seeds and r.task in tasks
    ]
    file = folder / "mine.jsonl"
    text = "".join(replace(r, method="mine").to_json() + "\n" for r in made)
    file.write_text(text, encoding="utf-8")
    return file


def weigh(page: Page, file: Path) -> None:
    page.locator("#dd-own summary").click()
    page.locator("#own").set_input_files(file)


def test_ones_own_runs_stand_among_the_others(page: Page, board: Board, tmp_path: Path) -> None:
    tasks = list(board.ranked)
    weigh(page, own_file(tmp_path, "strong", 5, tasks))
    drawn(page)
    expect(page.locator("#state")).to_contain_text("with mine of yours")
    assert text(page, "own:mine", ".c-score") == text(page, "strong", ".c-score")
    assert text(page, "own:mine", ".c-rank b") == text(page, "strong", ".c-rank b")
    expect(page.locator('.rank tr[data-m="own:mine"] .c-name')).to_contain_text("yours")
    page.locator("#reset").click()
    expect(page.locator('.rank tr[data-m="own:mine"]')).to_have_count(0)


def test_ones_own_runs_are_held_against_others_on_the_seeds_and_tasks_that_they_have(
    page: Page, board: Board, tmp_path: Path
) -> None:
    task = board.ranked[0]
    weigh(page, own_file(tmp_path, "strong", 3, [task]))
    drawn(page)
    expect(page.locator(".track:not(.rest) .over").first).to_contain_text(f"over {task}.")
    for row in ("own:mine", "strong"):
        page.locator(f'.rank tr[data-m="{row}"] .tick').first.evaluate("(box) => box.click()")
    page.locator("#compare").click()
    expect(page.locator("#pair .pairdot")).to_have_count(3)
    expect(page.locator("#pair td.n b").first).to_have_text("0.000")


def test_a_table_of_figures_is_as_good_as_records(page: Page, board: Board, tmp_path: Path) -> None:
    names = list(dict.fromkeys(m for t in board.ranked_tasks for m in t.scored_by))
    lines = [",".join(["method", "task", "seed", *names])]
    row = next(row for row in board.rows if row.name == "strong")
    for task in board.ranked:
        for record in row.cells[task].finished:
            values = [str(record.metrics.get(name, "")) for name in names]
            lines.append(",".join(['"mine, too"', task, str(record.seed), *values]))
    file = tmp_path / "mine.csv"
    file.write_text("\r\n".join(lines), encoding="utf-8")
    weigh(page, file)
    drawn(page)
    assert text(page, "own:mine, too", ".c-score") == text(page, "strong", ".c-score")


def test_a_column_without_a_name_at_the_start_is_no_matter(page: Page, tmp_path: Path) -> None:
    # as pandas writes a frame with its index
    file = tmp_path / "mine.csv"
    rows = "".join(f"{i},mine,near,{i},.5,.5\n" for i in range(3))
    file.write_text(f",method,task,seed,held_in,held_out\n{rows}", encoding="utf-8")
    weigh(page, file)
    drawn(page)
    expect(page.locator('.rank tr[data-m="own:mine"]')).to_be_visible()


HEAD = "method,task,seed,held_in,held_out\n"


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("a.csv", "", "a.csv is empty"),
        ("a.csv", "method,task\nm,near\n", "a.csv, line 1: has no column seed"),
        ("a.csv", f"{HEAD}m,nowhere,0,1,1\n", "line 2: no task nowhere is here"),
        ("a.csv", "method,task,seed,other\nm,near,0,1\n", "line 2: task near is scored by"),
        ("a.csv", f"{HEAD}m,near,x,1,1\n", "seed x isn't a whole number"),
        ("a.csv", f"{HEAD}m,near,0,a,1\n", "held_in a isn't a number"),
        ("a.csv", f"{HEAD}m,near,99,1,1\n", "no run of a task and seed"),
        ("a.jsonl", "{\n", "a.jsonl, line 1: isn't JSON"),
        ("a.jsonl", '{"suite": "other", "tier": "small"}\n', "no run of the invented suite"),
    ],
)
def test_a_mistake_in_ones_own_file_is_one_sentence(
    page: Page, tmp_path: Path, name: str, content: str, said: str
) -> None:
    everything = ranked_rows(page)
    file = tmp_path / name
    file.write_text(content, encoding="utf-8")
    weigh(page, file)
    expect(page.locator("#mistake")).to_contain_text(said)
    assert ranked_rows(page) == everything


def test_a_hostile_name_stays_text(page: Page, board: Board, tmp_path: Path) -> None:
    names = list(dict.fromkeys(m for t in board.ranked_tasks for m in t.scored_by))
    hostile, task = "<img src=x onerror=alert(1)>", board.ranked[0]
    lines = [",".join(["method", "task", "seed", *names])]
    figures = ",".join("1" for _ in names)
    lines += [f"{hostile},{task},{seed},{figures}" for seed in (0, 1, 2)]
    file = tmp_path / "mine.csv"
    file.write_text("\n".join(lines), encoding="utf-8")
    weigh(page, file)
    drawn(page)
    expect(page.locator(".rank tr.own .c-name b")).to_have_text(hostile)
    assert page.locator("img[src=x]").count() == 0


def open_views(page: Page) -> Locator:
    views = page.locator("details.views").first
    views.locator("summary").click()
    expect(views.locator(".view > svg")).to_be_visible()
    return views


@pytest.mark.parametrize("kind", ["apart", "profile", "wins", "ranks", "without"])
def test_each_other_view_is_drawn_with_words_and_a_table(page: Page, kind: str) -> None:
    views = open_views(page)
    views.locator("label", has=page.locator(f"input[value={kind}]")).click()
    expect(views.locator("figcaption")).not_to_be_empty()
    assert views.locator(".view [data-m]").count() > 0
    with page.expect_download() as waiting:
        views.locator(".viewtable").click()
    assert waiting.value.suggested_filename == f"invented-single-{kind}.csv"
    assert waiting.value.path().read_text(encoding="utf-8").startswith("row,")


def test_a_view_is_of_the_choice(page: Page) -> None:
    at(page, "var=default")
    drawn(page)
    views = open_views(page)
    names = {name for name in ranked_rows(page) if "." not in name}
    shown = views.locator(".view [data-m]").evaluate_all("(all) => all.map((x) => x.dataset.m)")
    assert set(shown) == names


@pytest.mark.parametrize("form", ["svg", "png"])
def test_a_figure_is_saved_as_it_stands(page: Page, form: str) -> None:
    views = open_views(page)
    with page.expect_download() as waiting:
        views.locator(f"[data-picture={form}]").click()
    content = waiting.value.path().read_bytes()
    if form == "png":
        assert content.startswith(b"\x89PNG")
    else:
        text = content.decode()
        assert text.startswith("<svg")
        assert "Strong" in text
        assert "var(--" not in text  # it stands without the page's style sheet


def test_quality_is_plotted_against_another_cost(page: Page) -> None:
    page.locator("label", has=page.locator("[data-spent][value=seconds]")).first.click()
    figure = page.locator(".fig.cost > svg.wide").first
    expect(figure.locator(".ax").first).to_contain_text("Seconds of a run")
    assert "cost=seconds" in page.url
    assert "anew" not in (page.locator("#state").text_content() or "")
