"""Ranking by several metrics, one after another: by hand, and what must hold whatever the data."""

from __future__ import annotations

import random
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bench.contract.suite import Suite
from bench.records.record import Record
from reports.board import Board, boards
from reports.criteria import Criterion, contrasts
from reports.formats import as_text
from reports.ranking import Ranked, rank, ranking
from reports.statistics import holm
from reports.tables import suite_table, task_table
from tests.reports.invented import catalogue
from tests.reports.invented_order import (
    ORDER,
    of,
    ordered_suite,
    ordered_task,
    scale,
)

ONE = ordered_suite()
TWO = ordered_suite(ordered_task("first"), ordered_task("second"))


def board(made: list[Record], within: Suite = ONE, seeds: int = 3) -> Board:
    return boards([*scale(within, seeds), *made], catalogue(within), "invented", "small")[0]


def ranked(made: list[Record], within: Suite = ONE, seeds: int = 3) -> list[Ranked]:
    found = board(made, within, seeds)
    return rank(found.rows, found.scored)


def order(made: list[Record], within: Suite = ONE, seeds: int = 3) -> list[str]:
    return [one.row.method for one in ranked(made, within, seeds)]


def places(made: list[Record], within: Suite = ONE, seeds: int = 3) -> dict[str, tuple[int, int]]:
    return {r.row.method: (r.place.rank, r.place.last) for r in ranked(made, within, seeds)}


LATE = of("a", failures=[0.2] * 3, quality=[0.9] * 3, sensitivity=[0.1] * 3)
MIDDLE = of("b", failures=[0.0] * 3, quality=[0.5] * 3, sensitivity=[0.3] * 3)
EARLY = of("c", failures=[0.0] * 3, quality=[0.5] * 3, sensitivity=[0.1] * 3)


UNSURE = [0.3, -0.1, -0.2]


def test_where_no_test_is_sure_a_metric_decides_only_where_all_before_it_are_equal() -> None:
    # failures: b, c, d 0, a .2; quality of those with 0: d .6, b and c .5; sensitivity: c .1, b .3
    made = [
        *of("a", failures=[0.2] * 3, quality=[0.9 - u for u in UNSURE], sensitivity=[0.1] * 3),
        *of("b", failures=[0.0] * 3, quality=[0.5] * 3, sensitivity=[0.3 + u for u in UNSURE]),
        *of("c", failures=[0.0] * 3, quality=[0.5] * 3, sensitivity=[0.1 - u for u in UNSURE]),
        *of(
            "d",
            failures=[0.0] * 3,
            quality=[0.6 + u for u in UNSURE],
            sensitivity=[0.9 - 2 * u for u in UNSURE],
        ),
    ]
    assert order(made) == ["d", "c", "b", "a"]
    assert {place[0] for place in places(made).values()} == {1}


def test_of_two_rows_the_first_metric_that_is_sure_decides_whatever_the_means_before_it() -> None:
    # a fails in a fifth of its runs, in one step of what failures come in: that isn't sure; its
    # quality is better in every seed alike: that is
    steady = of("b", failures=[0.0] * 3, quality=[0.5] * 3, sensitivity=[0.1] * 3)
    assert places([*LATE, *steady]) == {"a": (1, 1), "b": (2, 2)}


def test_a_metric_that_is_not_applicable_ranks_after_every_number() -> None:
    without = of("a", failures=[0.0] * 3, quality=[0.5] * 3)
    assert order([*without, *MIDDLE, *EARLY]) == ["c", "b", "a"]


def test_of_two_rows_that_lack_it_in_some_runs_the_one_that_lacks_fewer_is_first() -> None:
    # a lacks one of three and its others are worse than the one that b has
    one = of("a", failures=[0.0] * 3, quality=[0.5] * 3, sensitivity=[0.7, None, 0.9])
    two = of("b", failures=[0.0] * 3, quality=[0.5] * 3, sensitivity=[None, 0.1, None])
    assert order([*two, *one]) == ["a", "b"]
    sensitivity = {r.row.method: r.ordering[2] for r in ranked([*two, *one])}
    assert sensitivity["a"].interval.mean == pytest.approx(0.8)
    assert (sensitivity["a"].absent, sensitivity["b"].absent) == (1, 2)


@pytest.mark.parametrize("status", ["crashed", "missing"])
def test_a_run_without_a_result_counts_as_the_worst_of_each_metric(status: str) -> None:
    # failures (0 + 0 + 1) / 3, quality (.9 + .9 + 0) / 3, sensitivity .1 of the two that have it
    made = of("a", failures=[0.0] * 3, quality=[0.9] * 3, sensitivity=[0.1] * 3)
    lost = made.pop()
    made += [] if status == "missing" else [replace(lost, status=status, metrics={})]
    failures, quality, sensitivity = ranked(made)[0].ordering
    assert failures.interval.mean == pytest.approx(1 / 3)
    assert quality.interval.mean == pytest.approx(0.6)
    assert sensitivity.interval.mean == pytest.approx(0.1)
    assert [e.absent for e in (failures, quality, sensitivity)] == [0, 0, 1]


def test_over_tasks_the_means_of_the_tasks_means_count() -> None:
    # a: failures first .3, second 0, mean .15; b: .1 and .1, mean .1, so b is first,
    # though a is the better on one task; the score: a (.9 + .3) / 2 = .6, b (.4 + .2) / 2 = .3
    made = [
        *of("a", "first", failures=[0.3] * 3, quality=[0.9] * 3),
        *of("a", "second", failures=[0.0] * 3, quality=[0.3] * 3),
        *of("b", "first", failures=[0.1] * 3, quality=[0.4] * 3),
        *of("b", "second", failures=[0.1] * 3, quality=[0.2] * 3),
    ]
    first, second = ranked(made, TWO)
    assert (first.row.method, second.row.method) == ("b", "a")
    assert (first.score.mean, second.score.mean) == pytest.approx((0.3, 0.6))
    assert [e.interval.mean for e in second.ordering[:2]] == pytest.approx([0.15, 0.6])
    # ranks in the six cells: on `first` b is 1, on `second` a is 1: mean 1.5 each
    assert (first.mean_rank, second.mean_rank) == pytest.approx((1.5, 1.5))


def test_a_task_where_it_is_not_applicable_stays_out_of_the_mean_over_tasks() -> None:
    # first (.2 + .4) / 2 = .3 of the two seeds that have it, second none: .3, lacking in 4 of 6
    made = [
        *of("a", "first", failures=[0.0] * 3, quality=[0.5] * 3, sensitivity=[0.2, 0.4, None]),
        *of("a", "second", failures=[0.0] * 3, quality=[0.5] * 3),
    ]
    sensitivity = ranked(made, TWO)[0].ordering[2]
    assert sensitivity.interval.mean == pytest.approx(0.3)
    assert sensitivity.absent == 4


NOISE = [0.01, -0.01, 0.02, -0.02, 0.0]


def around(level: float, sign: int = 1) -> list[float]:
    return [level + sign * noise for noise in NOISE]


def test_rows_share_a_rank_where_no_metric_tells_them_apart() -> None:
    made = [
        *of("a", failures=[0.0] * 5, quality=around(0.5), sensitivity=around(0.2)),
        *of("b", failures=[0.0] * 5, quality=around(0.499, -1), sensitivity=around(0.2, -1)),
        *of("c", failures=[0.0] * 5, quality=around(0.498, -1), sensitivity=around(0.4)),
    ]
    # c is worse than both, by its sensitivity alone
    assert places(made, seeds=5) == {"a": (1, 2), "b": (1, 2), "c": (3, 3)}


def test_having_a_value_or_not_tells_rows_apart() -> None:
    with_it = of("a", failures=[0.0] * 5, quality=around(0.5), sensitivity=around(0.2))
    without = of("b", failures=[0.0] * 5, quality=around(0.499, -1))
    assert places([*with_it, *without], seeds=5) == {"a": (1, 1), "b": (2, 2)}


def test_a_row_without_any_result_shares_no_rank_with_one_that_has_one() -> None:
    # two seeds of failures .1 and .5 alone can't be told from 1 and 1
    some = of("a", failures=[0.1, 0.5], quality=[0.1, 0.9])
    none = [
        replace(r, status="crashed", metrics={})
        for name in "bc"
        for r in of(name, failures=[0.0] * 2, quality=[0.0] * 2)
    ]
    assert places([*some, *none], seeds=2) == {"a": (1, 1), "b": (2, 3), "c": (2, 3)}
    failing = of("b", failures=[1.0] * 2, quality=[0.0] * 2)
    assert places([*some, *failing], seeds=2) == {"a": (1, 2), "b": (1, 2)}


def test_holms_correction_is_over_the_tests_of_every_metric() -> None:
    # differences of quality .069, .1, .131: mean .1, deviation .031, t = .1 sqrt(3) / .031 = 5.587,
    # p = 1 - t / sqrt(2 + t^2) = .0306: below .05, but not below .05 / 3
    made = [
        *of("a", failures=[0.0] * 3, quality=[0.569, 0.6, 0.631], sensitivity=[0.1] * 3),
        *of("b", failures=[0.0] * 3, quality=[0.5] * 3, sensitivity=[0.1] * 3),
    ]
    assert places(made) == {"a": (1, 2), "b": (1, 2)}
    alone = ordered_suite(ordered_task("first", ordered_by=("quality",)))
    assert places(made, alone) == {"a": (1, 1), "b": (2, 2)}


def test_equal_methods_are_told_apart_in_at_most_5_of_100_families() -> None:
    # the first of 4 against 3 others, each by 3 metrics, one of which lacks a fifth of its runs.
    # 300 families: 15 expected at most, standard deviation 3.8
    generator = np.random.default_rng(7)

    def drawn() -> tuple[Criterion, ...]:
        values = generator.standard_normal((3, 5))
        values[2][generator.random(5) < 0.2] = np.nan
        return tuple(Criterion(n, n, "low", v) for n, v in zip(ORDER, values, strict=True))

    told = 0
    for _ in range(300):
        first, *others = ([drawn(), drawn()] for _ in range(4))
        told += any(holm([c.difference.p for o in others for c in contrasts(first, o)]))
    assert told <= 15 + 3 * 3.8


def test_one_more_failed_training_in_every_seed_is_not_certain() -> None:
    # failures come in steps of .04, as the third row shows: see paired_difference's grains
    made = [
        *of("a", failures=[0.04] * 5, quality=around(0.5)),
        *of("b", failures=[0.08] * 5, quality=around(0.499, -1)),
        *of("c", failures=[0.0, 0.04, 0.96, 1.0, 1.0], quality=around(0.1)),
    ]
    cells = {r.row.method: r.row.cells["first"] for r in ranked(made, seeds=5)}
    failures = contrasts([cells["a"].ordering], [cells["b"].ordering])[0]
    assert failures.difference.p == pytest.approx(0.005409, abs=1e-5)


def test_a_row_that_cannot_do_a_task_is_not_ranked_on_it() -> None:
    # c lacks what `second` needs: it is ranked on `first` alone, and no failure is counted of it
    made = [
        *(r for name in "ab" for task in ("first", "second") for r in of(
            name, task, failures=[0.0] * 3, quality=[0.5] * 3)),
        *of("c", "first", failures=[0.0] * 3, quality=[0.9] * 3),
    ]  # fmt: skip
    lacking = of("c", "second", failures=[0.0] * 3, quality=[0.0] * 3)
    made += [replace(r, status="skipped", metrics={}) for r in lacking]
    found = board(made, TWO)
    assert [r.row.method for r in ranking(found, ["first"])] == ["c", "a", "b"]
    assert [r.row.method for r in ranking(found, ["first", "second"])] == ["a", "b"]
    row = {r["method"]: r for r in suite_table([found]).rows()}["c"]
    assert (row["rank"], row["coverage"], row["failed"]) == (None, "1 of 2", 0)
    assert row["score.first"] == pytest.approx(0.9)


def test_a_ranking_is_made_once() -> None:
    found = board([*LATE, *EARLY])
    assert ranking(found, ["first"]) is ranking(found, ("first",))


FRACTIONS = st.integers(0, 25).map(lambda k: k / 25)
QUALITIES = st.floats(-0.2, 1.2)


@st.composite
def methods(draw: st.DrawFn, names: str = "abcd", seeds: int = 3) -> list[Record]:
    made = []
    for name in names:
        lists = [
            draw(st.lists(each, min_size=seeds, max_size=seeds))
            for each in (FRACTIONS, QUALITIES, st.none() | st.floats(0, 2))
        ]
        one = of(name, failures=lists[0], quality=lists[1], sensitivity=lists[2])
        for record in one:
            if draw(st.integers(0, 9)) == 0:
                record.status, record.metrics = "crashed", {}
        made += one
    return made


@settings(max_examples=40, deadline=None)
@given(methods(), st.none() | st.floats(0, 1e-6))
def test_a_method_that_never_learns_is_surely_better_than_none(
    made: list[Record], sensitivity: float | None
) -> None:
    # all of its rates end at ln C: it fails everywhere, stays at the floor and its best rate is no
    # better than its others
    never = of("never", failures=[1.0] * 3, quality=[0.0] * 3, sensitivity=[sensitivity] * 3)
    found = {one.row.method: one for one in ranked([*never, *made])}
    able = [one for one in found.values() if one.ordering[0].interval.mean < 1]
    assert found["never"].place.last >= len(able) - sum(one.score.mean <= 0 for one in able)


def test_a_method_that_never_learns_shares_no_rank_with_one_that_does() -> None:
    made = [
        *of("never", failures=[1.0] * 5, quality=around(0.0), sensitivity=around(0.0)),
        *of("learns", failures=[0.4] * 5, quality=around(0.3), sensitivity=around(0.9)),
    ]
    assert places(made, seeds=5) == {"learns": (1, 1), "never": (2, 2)}


@settings(max_examples=25, deadline=None)
@given(methods())
def test_ordered_by_the_scores_metric_alone_it_is_the_ranking_by_score(made: list[Record]) -> None:
    one = ordered_suite(ordered_task("first", ordered_by=("quality",)))
    plain = ordered_suite(ordered_task("first", ordered_by=()))
    found, other = (
        [(r.row.name, r.place, r.score, r.mean_rank) for r in ranked(made, within)]
        for within in (one, plain)
    )
    assert found == other


@settings(max_examples=25, deadline=None)
@given(methods(), st.randoms(use_true_random=False))
def test_the_order_of_records_does_not_matter(made: list[Record], shuffled: random.Random) -> None:
    before = suite_table([board(made)]).rows()
    shuffled.shuffle(made)
    assert suite_table([board(made)]).rows() == before


@settings(max_examples=25, deadline=None)
@given(methods(), FRACTIONS)
def test_failing_less_never_costs_a_place(made: list[Record], share: float) -> None:
    before = order(made).index("a")
    for record in made:
        if record.method == "a" and record.status == "ok":
            record.metrics["failures"] *= share
    assert order(made).index("a") <= before


MIXED = ordered_suite(ordered_task("first"), ordered_task("second", ordered_by=()))
# on each task a fails in a fifth of its grid, and b, which never does, has the lower quality; with
# three seeds neither is sure
FAILING, STEADY = (
    [
        record
        for task in ("first", "second")
        for record in of(name, task, failures=[failed] * 3, quality=[quality + u for u in unsure])
    ]
    for name, failed, quality, unsure in (("a", 0.2, 0.9, UNSURE), ("b", 0.0, 0.5, UNSURE[::-1]))
)


def test_a_task_is_ranked_by_what_it_names_and_several_by_the_score_where_they_differ() -> None:
    found = board([*FAILING, *STEADY], MIXED)
    orders = {
        tasks: [r.row.method for r in rank(found.rows, tasks)]
        for tasks in (("first",), ("second",), ("first", "second"))
    }
    assert orders == {
        ("first",): ["b", "a"],
        ("second",): ["a", "b"],
        ("first", "second"): ["a", "b"],
    }


def test_tables_tell_of_each_ranking_what_it_is_by() -> None:
    found = board([*FAILING, *STEADY], MIXED)
    first, second = (task_table([found], task) for task in MIXED.tasks)
    assert first.notes[0].startswith("Ranked by failures")
    for table in (second, suite_table([found])):
        assert not any(note.startswith("Ranked by") for note in table.notes)
        assert "order.failures" not in {c.name for c in table.columns}
        assert [r["method"] for r in table.rows()] == ["joint", "a", "b", "untouched"]


def test_tracks_ranked_by_different_things_each_say_so() -> None:
    # one track has both tasks, the other the first alone
    others = [
        *of("c", failures=[0.2] * 3, quality=[0.9 + u for u in UNSURE]),
        *of("d", failures=[0.0] * 3, quality=[0.5 - u for u in UNSURE]),
    ]
    others = [replace(record, track="many") for record in others]
    made = [*scale(MIXED), *FAILING, *STEADY, *others]
    table = suite_table(boards(made, catalogue(MIXED), "invented", "small"))
    assert table.notes[0].startswith("Many models: Ranked by failures")
    assert [note.split(":")[0] for note in table.notes[1:3]] == ["Single model", "Many models"]
    assert [r["method"] for r in table.rows() if r["kind"] == "method"] == [*"ab", *"dc"]


def test_the_metrics_stand_after_the_methods_name_and_the_score_among_them() -> None:
    tables = (
        suite_table([board([*LATE, *EARLY])]),
        task_table([board([*LATE, *EARLY])], ONE.tasks[0]),
    )
    for table in tables:
        titles = [column.title for column in table.columns]
        assert titles[:5] == ["Rank", "Method", "Failures", "Score: quality", "Sensitivity"]
        row = next(r for r in table.rows() if r["method"] == "a")
        assert [row[f"order.{name}"] for name in ORDER] == pytest.approx([0.2, 0.9, 0.1])


def test_what_is_not_applicable_is_a_dash_and_counted_where_it_is_in_part() -> None:
    nowhere = of("a", failures=[0.0] * 3, quality=[0.9] * 3)
    partly = of("b", failures=[0.5] * 3, quality=[0.9] * 3, sensitivity=[0.2, None, 0.2])
    text = as_text(replace(suite_table([board([*nowhere, *partly])]), said=dict))
    columns = text.splitlines()[2].split("  ")
    assert "Sensitivity" in [c.strip() for c in columns]
    body = text.splitlines()[4:8]
    lines = {name: line for line in body for name in "ab" if f" {name} " in line}
    assert "–  " in lines["a"]
    assert "0.200, – in 1" in lines["b"]


def test_the_rules_stand_under_the_table() -> None:
    failed = [replace(r, status="crashed", metrics={}) if r.seed == 0 else r for r in LATE]
    notes = suite_table([board([*failed, *EARLY])]).notes
    assert notes[0] == (
        "Ranked by failures (low is better), then quality (0 at the floor, 1 at the ceiling), then "
        "sensitivity (low is better), each the mean over tasks of the mean over seeds. Not "
        "applicable (–) ranks after every number; the fewer such runs, the better."
    )
    assert "Every two rows are tested in each of these (paired t-test" in notes[1]
    assert notes[3].startswith(
        "† A run that failed or was never made counts as the worst that it could be (failures 1, "
        "quality the lower of 0 and the task's worst row, sensitivity not applicable) and stays in "
        "every mean"
    )


def test_references_stand_in_the_order_too() -> None:
    # the floor (failures 1) stays under a, whose quality is below its own, and under c
    low = of("a", failures=[0.0] * 3, quality=[-0.1 + u for u in UNSURE])
    high = of("c", failures=[0.4] * 3, quality=[0.1 - u for u in UNSURE])
    rows = suite_table([board([*low, *high])]).rows()
    assert [row["method"] for row in rows] == ["joint", "a", "c", "untouched"]
    # a ceiling that fails in a fifth of its runs is worse than a, and better than c
    references = scale(ONE)
    for record in references:
        if record.method == "joint":
            record.metrics["failures"] = 0.2
    found = boards([*references, *low, *high], catalogue(ONE), "invented", "small")
    assert [r["method"] for r in suite_table(found).rows()] == ["a", "joint", "c", "untouched"]


def test_a_reference_without_the_first_metric_stands_at_its_score() -> None:
    references = scale(ONE)
    for record in references:
        del record.metrics["failures"]
    high = of("c", failures=[0.4] * 3, quality=[0.9] * 3)
    found = boards([*references, *high], catalogue(ONE), "invented", "small")
    assert [r["method"] for r in suite_table(found).rows()] == ["joint", "c", "untouched"]


def test_a_tasks_table_shows_no_metric_twice() -> None:
    columns = [c.name for c in task_table([board(LATE)], ONE.tasks[0]).columns]
    assert "metric.failures" not in columns
    assert "metric.quality" in columns  # the score is another figure: normalised
