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
from reports.criteria import Criterion, contrasts
from reports.ranking import Ranked, rank, ranking
from reports.statistics import holm
from reports.tables import suite_table
from tests.reports.invented_order import (
    EARLY,
    FAILING,
    LATE,
    MIDDLE,
    MIXED,
    ONE,
    ORDER,
    STEADY,
    UNSURE,
    board,
    of,
    ordered_suite,
    ordered_task,
)

TWO = ordered_suite(ordered_task("first"), ordered_task("second"))


def ranked(made: list[Record], within: Suite = ONE, seeds: int = 3) -> list[Ranked]:
    found = board(made, within, seeds)
    return rank(found.rows, found.scored)


def order(made: list[Record], within: Suite = ONE, seeds: int = 3) -> list[str]:
    return [one.row.method for one in ranked(made, within, seeds)]


def places(made: list[Record], within: Suite = ONE, seeds: int = 3) -> dict[str, tuple[int, int]]:
    return {r.row.method: (r.place.rank, r.place.last) for r in ranked(made, within, seeds)}


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
