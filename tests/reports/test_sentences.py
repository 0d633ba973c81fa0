"""What is said above a table, on made-up frames: from the data alone, and never more than holds."""

from __future__ import annotations

import re
from collections.abc import Sequence

import numpy as np
import pytest

from bench.contract.suite import Task
from bench.records.record import Record
from reports.board import Board, Cell, Row
from reports.sentences import sentences
from tests.reports.invented import metric, record, suite, task

SUITE = suite(tasks=tuple(task(n, (metric("m"),), ("m",)) for n in ("near", "far", "wide")))
NOISE = np.array([0.01, -0.012, 0.021, -0.018, 0.003])


def around(level: float, sign: int = 1) -> list[float]:
    return list(level + sign * NOISE)


def method(
    name: str,
    *tasks: Sequence[float],
    flops: float = 1e9,
    needs: tuple[str, ...] = (),
    failed: bool = False,
) -> Row:
    """A row with those scores on the suite's first tasks."""
    cells = {}
    for of, scores in zip(SUITE.tasks, tasks, strict=False):
        made: list[Record] = [
            record(name, of.name, seed, {"m": score}) for seed, score in enumerate(scores)
        ]
        for one in made:
            one.cost |= {"flops": flops, "seconds": flops / 1e9}
        if failed:
            made[0].status, made[0].metrics = "crashed", {}
        seeds = tuple(range(len(scores)))
        cells[of.name] = Cell(of.name, seeds, tuple(made), np.array(scores), {})
    return Row(name, "default", "method", name.upper(), "", "", needs, None, cells)


def board(*rows: Row) -> Board:
    names = list(rows[0].cells)
    tasks: tuple[Task, ...] = tuple(t for t in SUITE.tasks if t.name in names)
    seeds = {name: rows[0].cells[name].seeds for name in names}
    return Board(SUITE, "small", SUITE.tracks[0], tasks, rows, (), {}, seeds)


POOR = tuple(method(name, around(0.2)) for name in "xyz")


def said(*rows: Row) -> list[str]:
    made = board(*rows)
    return sentences(made, made.scored)


def test_one_method_leads_nobody() -> None:
    assert said(method("a", around(0.9))) == ["**A** is the only method here."]


def test_what_to_use_is_the_cheapest_that_cant_be_told_from_the_best() -> None:
    best = method("best", around(0.9), flops=3e9)
    cheap = method("cheap", around(0.895, -1), flops=3e6)
    use = said(best, cheap, *POOR)[0]
    assert use.startswith(
        "Use **CHEAP**: it can't be told from the best, **BEST** (−0.007, interval"
    )
    assert "costs 1/1000 of it: 3.0 MFLOP, 0.0030 s" in use


def test_of_what_spends_nothing_no_share_is_said() -> None:
    best = method("best", around(0.9), flops=3e9)
    counted = method("counted", around(0.895, -1), flops=0.0)
    use = said(best, counted, *POOR)[0]
    assert "and costs 0 FLOP, " in use


def test_what_it_needs_is_said_with_the_first_that_does_without() -> None:
    best = method("best", around(0.9), needs=("labels",))
    free = method("free", around(0.5))
    use = said(best, free, method("poor", around(0.3)))[0]
    assert use.endswith("; it needs labels. Without: **FREE**.")


def test_a_cheap_row_that_may_be_far_behind_isnt_what_to_use() -> None:
    # it can't be told from the best only because it varies: its interval reaches below -.1
    wild = method("wild", [1.2, 0.3, 1.1, 0.5, 1.0], flops=1e3)
    rows = (method("best", around(0.9)), wild, *POOR)
    assert said(*rows)[0].startswith("Use **BEST**")


def test_where_most_rows_share_rank_1_nothing_is_recommended() -> None:
    close = [method(n, list(0.9 + np.roll(NOISE, i))) for i, n in enumerate("abc")]
    assert not any(s.startswith("Use") for s in said(*close, method("poor", around(0.1))))


def test_a_row_with_a_failed_run_is_never_what_to_use() -> None:
    best = method("best", around(0.9), flops=3e9)
    cheap = method("cheap", around(0.895, -1), flops=3e6, failed=True)
    assert said(best, cheap, *POOR)[0].startswith("Use **BEST**: it has the best mean")


def test_nothing_is_recommended_where_any_one_task_would_change_it() -> None:
    one = method("one", around(0.9), around(0.2), around(0.9))
    two = method("two", around(0.5), around(0.9), around(0.5))
    text = " ".join(said(one, two))
    assert "Use" not in text
    assert "hangs on single tasks: without near it is **TWO**" in text


def test_a_sole_leader_is_told_with_its_distance_and_the_interval_of_the_ranks() -> None:
    lead = said(method("a", around(0.9)), method("b", around(0.4, -1)))[1]
    assert re.match(
        r"\*\*A\*\* is surely the best: the next, \*\*B\*\*, is 0\.50\d?, interval 0\.\d+–0\.\d+ "
        r"behind\.",
        lead,
    )


def test_rows_that_share_rank_1_are_counted() -> None:
    rows = (method("a", around(0.9)), method("b", around(0.899, -1)), method("c", around(0.4)))
    assert "**A** has the best mean; 2 of 3 rows share rank 1" in " ".join(said(*rows))


@pytest.mark.parametrize("seeds", [1, 2])
def test_on_few_seeds_nothing_is_known(seeds: int) -> None:
    rows = [method(name, around(level)[:seeds]) for name, level in (("a", 0.9), ("b", 0.2))]
    assert said(*rows) == [
        "Nothing is known of who is best: no test tells any of the 2 rows apart."
    ]


def test_the_best_mean_that_stays_is_said_to_stay() -> None:
    rows = [
        method("a", around(0.9), around(0.8), around(0.9)),
        method("b", around(0.5), around(0.4), around(0.5)),
    ]
    assert said(*rows)[2] == ("The best mean stays the same without any one of the 3 tasks.")


@pytest.mark.parametrize("seed", range(5))
def test_there_are_never_more_than_three(seed: int) -> None:
    generator = np.random.default_rng(seed)
    rows = [
        method(name, *(list(generator.normal(level, 0.05, 5)) for _ in range(3)))
        for name, level in (("a", 0.6), ("b", 0.6), ("c", 0.5), ("d", 0.1))
    ]
    assert 1 <= len(said(*rows)) <= 3
