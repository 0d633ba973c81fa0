"""What a browser makes of the scores that a page carries: reports' figures, on any choice.

Here: static/statistics.js, ranking.js, digits.js and words.js against reports.ranking and
reports.sentences, on random rows and tasks of invented records and of the published ones.
"""

from collections.abc import Iterator
from dataclasses import replace
from functools import cache
from math import isnan, nan
from pathlib import Path
from random import Random
from typing import Any

import pytest
from playwright.sync_api import Browser, Page

import leaderboard
from bench.catalogue.registry import catalogue
from leaderboard.carried import script
from leaderboard.site import Site, SuiteData, gather
from reports.board import Board
from reports.comparison import compare, more_seeds
from reports.digits import figure, signed, significant, with_unit
from reports.load import from_published
from reports.ranking import Ranked, ranking
from reports.sentences import sentences
from reports.statistics import STATISTICS
from reports.statistics.summaries import profile
from reports.summaries import scores_of
from tests.reports import invented, invented_nets

STATIC = Path(leaderboard.__file__).parent / "static"
SCRIPTS = (
    "statistics.js",
    "ranking.js",
    "digits.js",
    "words.js",
    "drawing.js",
    "lines.js",
    "views.js",
)
CHOICES = 6
"""Random choices of rows and tasks of each track."""

RANKED = """([track, rows, tasks]) => {
  const of = weighhouse.carried.tracks[track];
  return weighhouse.rank(of, rows.map((i) => of.rows[i]), tasks).map((one) => ({
    ...one, row: one.row.name, behind: one.behind && {...one.behind, difference: null},
  }));
}"""
SAID = """([track, rows, tasks]) => {
  const of = weighhouse.carried.tracks[track];
  return weighhouse.sentences(of, rows.map((i) => of.rows[i]), tasks, weighhouse.carried.needs);
}"""


@pytest.fixture(scope="module")
def page(browser: Browser) -> Iterator[Page]:
    made = browser.new_page()
    for name in SCRIPTS:
        made.add_script_tag(path=STATIC / name)
    yield made
    made.close()


@cache
def invented_site() -> Site:
    of = invented.suite()
    return gather(invented.records(of), invented.catalogue(of), "small")


@cache
def nets_site() -> Site:
    return gather(invented_nets.records(), invented_nets.catalogue(), "small")


@cache
def published_site() -> Site:
    return gather(from_published(Path("reports/published")), catalogue([], []), "small")


def suites() -> Iterator[SuiteData]:
    for site in (invented_site(), nets_site(), published_site()):
        yield from (data for data in site.suites.values() if data.scored)


@pytest.fixture(params=["invented", "nets", "merging", "hypernet", "supernet", "selection"])
def data(request: pytest.FixtureRequest, page: Page) -> SuiteData:
    """A suite, whose scores the page has."""
    own = {"invented": invented_site, "nets": nets_site}.get(request.param, published_site)()
    found = own.suites["invented" if len(own.suites) == 1 else request.param]
    page.evaluate(script(found))
    return found


def choices(board: Board, seed: int) -> Iterator[tuple[list[int], list[str]]]:
    """The whole ranking, then random tasks and random rows that can do them."""
    draw = Random(seed)
    chosen = [list(board.ranked)]
    chosen += [
        draw.sample(board.scored, draw.randint(1, len(board.scored))) for _ in range(CHOICES)
    ]
    for i, tasks in enumerate(chosen):
        tasks.sort(key=board.scored.index)
        able = [board.rows.index(row) for row in board.applicable(tasks)]
        if able:
            yield (able if i == 0 else sorted(draw.sample(able, draw.randint(1, len(able))))), tasks


def near(ours: float | None, theirs: float) -> bool:
    """Whether a figure is the same but for rounding; None is NaN."""
    value = nan if ours is None else ours
    return (isnan(value) and isnan(theirs)) or value == pytest.approx(theirs, rel=1e-7, abs=1e-10)


def same(ours: dict[str, Any], theirs: Ranked) -> None:
    assert ours["row"] == theirs.row.name
    assert (ours["place"]["rank"], ours["place"]["last"]) == (theirs.place.rank, theirs.place.last)
    assert near(ours["meanRank"], theirs.mean_rank)
    assert ours["over"] == list(theirs.over)
    for name, interval in (("score", theirs.score), ("newTasks", theirs.new_tasks)):
        for end in ("mean", "low", "high"):
            assert near(ours[name][end], getattr(interval, end)), (name, end)
    assert (ours["behind"] is None) == (theirs.behind is None)
    if theirs.behind is not None:
        assert ours["behind"]["criterion"] == theirs.behind.criterion
        assert ours["behind"]["about"] == theirs.behind.about
        for end in ("mean", "low", "high"):
            assert near(ours["behind"][end], getattr(theirs.behind.interval, end)), end
    for estimate, other in zip(ours["ordering"], theirs.ordering, strict=True):
        assert (estimate["metric"], estimate["absent"]) == (other.metric, other.absent)
        for end in ("mean", "low", "high"):
            assert near(estimate[end], getattr(other.interval, end)), (other.metric, end)


def test_any_choice_of_rows_and_tasks_is_ranked_as_reports_rank_it(
    page: Page, data: SuiteData
) -> None:
    for track, board in enumerate(data.scored):
        for rows, tasks in choices(board, track):
            of = replace(board, rows=tuple(board.rows[i] for i in rows), rankings={})
            places = [board.scored.index(task) for task in tasks]
            found = page.evaluate(RANKED, [track, rows, places])
            for ours, theirs in zip(found, ranking(of, tasks), strict=True):
                same(ours, theirs)


def test_any_choice_is_put_into_the_words_of_reports(page: Page, data: SuiteData) -> None:
    for track, board in enumerate(data.scored):
        for rows, tasks in choices(board, 100 + track):
            of = replace(board, rows=tuple(board.rows[i] for i in rows), rankings={})
            places = [board.scored.index(task) for task in tasks]
            assert page.evaluate(SAID, [track, rows, places]) == sentences(of, tasks)


def test_figures_are_written_with_the_digits_of_reports(page: Page) -> None:
    draw = Random(0)
    values = [0.125, 0.375, -0.125, 0.5, 2.5, 1e-9, -1e-9, 0.0, 9.5, 95.0, 999.5, 999_500.0]
    values += [draw.uniform(-1, 1) * 10 ** draw.randint(-6, 13) for _ in range(300)]
    for value in values:
        for places in (0, 1, 2, 3):
            found = page.evaluate(
                "(a) => [weighhouse.figure(...a), weighhouse.signed(...a)]", [value, places]
            )
            assert found == [figure(value, places), signed(value, places)], value
        cost = abs(value)
        assert page.evaluate("(v) => weighhouse.significant(v)", cost) == significant(cost)
        for unit in ("FLOP", "s", "B"):
            found = page.evaluate("(a) => weighhouse.withUnit(...a)", [cost, unit])
            assert found == list(with_unit(cost, unit))


COMPARED = """([track, first, second, tasks]) => {
  const of = weighhouse.carried.tracks[track];
  const plain = ({contrast, verdict}) => ({
    verdict, about: contrast.about, criterion: contrast.criterion,
    mean: contrast.mean, low: contrast.low, high: contrast.high,
    pairs: contrast.pairs?.flatMap(({values}) => values).length,
  });
  const made = weighhouse.compare(of, of.rows[first], of.rows[second], tasks);
  return {
    overall: plain(made.overall), tasks: made.tasks.map(plain),
    more: weighhouse.moreSeeds(of, made, tasks)?.more ?? null,
  };
}"""


def test_two_rows_head_to_head_are_told_apart_as_try_tells_them(
    page: Page, data: SuiteData
) -> None:
    board = data.scored[0]
    draw = Random(7)
    able = list(board.applicable(board.ranked))
    places = [board.scored.index(task) for task in board.ranked]
    for _ in range(12):
        first, second = draw.sample(able, 2)
        [theirs] = compare(first, [second], board.ranked)
        assert theirs.overall is not None
        rows = [board.rows.index(row) for row in (first, second)]
        ours = page.evaluate(COMPARED, [0, *rows, places])
        decided = [theirs.overall, *theirs.tasks.values()]
        found = [ours["overall"], *ours["tasks"]]
        for one, other in zip(
            found, decided if len(board.ranked) > 1 else decided * 2, strict=True
        ):
            assert one["verdict"] == other.verdict
            assert (one["criterion"], one["about"]) == (
                other.contrast.criterion,
                other.contrast.about,
            )
            for end in ("mean", "low", "high"):
                assert near(one[end], getattr(other.contrast.interval, end))
        said = more_seeds(first, [theirs], board.ranked)
        assert (f" {ours['more']} more seeds " in said) if said else ours["more"] is None


VIEWED = """([kind, track, rows, tasks]) => {
  const of = weighhouse.carried.tracks[track];
  const lines = weighhouse.linesOf(of, rows.map((i) => of.rows[i]), tasks);
  return weighhouse.view(kind, of, lines, tasks).rows;
}"""


def test_other_views_show_the_figures_of_reports(page: Page, data: SuiteData) -> None:
    board = data.scored[0]
    rows = [i for i, row in enumerate(board.rows) if row.variant == "default"]
    rows = [i for i in rows if board.rows[i] in board.applicable(board.ranked)]
    of = replace(board, rows=tuple(board.rows[i] for i in rows), rankings={})
    ranked = ranking(of, board.ranked)
    scores = scores_of(ranked, board.ranked)
    places = [board.scored.index(task) for task in board.ranked]

    def view(kind: str) -> dict[str, list[Any]]:
        found: list[list[Any]] = page.evaluate(VIEWED, [kind, 0, rows, places])
        return {name: values for name, *values in found}

    shares, profiles = profile(scores, (0, 0.25, 0.5, 0.75, 1)), view("profile")
    for i, name in enumerate(scores.methods):
        assert profiles[name] == pytest.approx(list(shares[i]))
    wins = view("wins")
    if len(ranked) <= 40:
        rates = STATISTICS["win_rate"].compute(scores)["win_rate"]
        for name, rate in zip(scores.methods, rates, strict=True):
            known = [share for share in wins[name] if share is not None]
            assert not known or sum(known) / len(known) == pytest.approx(rate)
    means = view("apart")
    for one in ranked:
        assert means[one.row.name][0] == pytest.approx(one.mean_rank)
    for way, rest in enumerate([board.ranked, *without_one(board.ranked)]):
        found = {one.row.name: one.place.rank for one in ranking(of, rest)}
        assert {name: values[way] for name, values in view("without").items()} == found


def without_one(tasks: tuple[str, ...]) -> list[tuple[str, ...]]:
    return [tuple(t for t in tasks if t != out) for out in tasks] if len(tasks) > 1 else []
