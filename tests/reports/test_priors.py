"""Of which rows a task's prior is made, and which it is told."""

from __future__ import annotations

from dataclasses import replace
from math import exp

import numpy as np
import pytest

from bench.records.record import Record
from reports.board import Board, boards
from reports.criteria import contrasts
from reports.priors import prior_of
from reports.statistics import NOTHING_KNOWN
from tests.reports.invented import catalogue, records, suite

SUITE = suite()
TASK = SUITE.tasks[0].name
MADE = records(SUITE)


def board(made: list[Record]) -> Board:
    return boards(made, catalogue(SUITE), "invented", "small")[0]


def drawn(rows: int, seeds: int) -> list[np.ndarray]:
    return list(np.random.default_rng(0).normal(0, 0.1, (rows, seeds)))


def test_every_whole_row_of_a_task_is_told_the_same_prior() -> None:
    cells = [row.cells[TASK] for row in board(MADE).rows]
    known = {cell.prior for cell in cells if set(cell.statuses) == {"ok"}}
    assert len(known) == 1
    assert known.pop().freedom > 0


def test_a_row_with_a_failed_run_neither_makes_a_prior_nor_has_one() -> None:
    rows = board(MADE).rows
    whole = next(row for row in rows if set(row.cells[TASK].statuses) == {"ok"})
    others = [r for r in MADE if (r.method, r.variant) != (whole.method, whole.variant)]
    broken = [
        replace(r, status="crashed", metrics={}) if (r.task, r.seed) == (TASK, 0) else r
        for r in MADE
        if (r.method, r.variant) == (whole.method, whole.variant)
    ]
    without = {row.name: row for row in board(others).rows}
    for row in board([*others, *broken]).rows:
        if row.name == whole.name:
            assert row.cells[TASK].prior == NOTHING_KNOWN
        else:
            assert row.cells[TASK].prior == without[row.name].cells[TASK].prior


def test_a_difference_to_a_row_with_a_failed_run_has_its_own_variance_alone() -> None:
    cells = [row.cells[TASK] for row in board(MADE).rows]
    whole = next(cell for cell in cells if set(cell.statuses) == {"ok"})
    failing = replace(whole, scores=whole.scores[::-1] - 0.3, prior=NOTHING_KNOWN)
    for pair in ((whole, failing), (failing, whole)):
        (found,) = contrasts(*([cell.by_score] for cell in pair))
        assert found.difference.estimate.freedom == len(whole.seeds) - 1


@pytest.mark.parametrize(("rows", "seeds"), [(4, 5), (10, 2)])
def test_few_rows_or_seeds_say_nothing_of_each_other(rows: int, seeds: int) -> None:
    assert prior_of(drawn(rows, seeds)) == NOTHING_KNOWN


def test_a_row_under_a_second_name_counts_once() -> None:
    values = drawn(8, 5)
    assert prior_of([*values, *values]) == prior_of(values)


def test_the_rounding_of_the_scores_is_the_least_spread() -> None:
    steps = [np.array([0.02 * (row % 2), 0, 0.02]) + row for row in range(6)]
    # all are .5^2 / 6, which is what estimates with 2 degrees of freedom of e^.57722 as much are
    assert prior_of(steps, grain=0.5).variance == pytest.approx(0.5**2 / 6 * exp(0.577216))
