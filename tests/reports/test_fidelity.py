"""reports.fidelity: published orders beside ours."""

from dataclasses import replace
from pathlib import Path

import pytest

from bench.catalogue.registry import catalogue
from reports.board import Board, boards
from reports.fidelity import (
    PublishedOrder,
    agreement,
    agreements,
    between,
    fidelity_table,
    orders,
    tau,
)
from reports.load import from_published
from suites.merging import elsewhere
from tests.reports import invented

LINK = "https://example.org"


@pytest.fixture(scope="module")
def board() -> Board:
    of = invented.suite()
    return boards(invented.records(of), invented.catalogue(of), "invented", "small")[0]


def order(**values: float) -> PublishedOrder:
    names = {name.replace("_tuned", ".tuned"): value for name, value in values.items()}
    return PublishedOrder("invented", "A table", LINK, ("near", "far"), "held_in", names)


def test_tau_of_three_by_hand() -> None:
    # of the pairs (1, 2), (1, 3), (2, 3) two are in the same order and one is turned: 1 / 3
    assert tau([1, 2, 3], [1, 3, 2]) == pytest.approx(1 / 3)


def test_tau_counts_a_tie_on_neither_side() -> None:
    # pairs: tie in the first; same; same: 2 / sqrt(2 * 3)
    assert tau([1, 1, 2], [1, 2, 3]) == pytest.approx(2 / 6**0.5)
    assert tau([1, 1, 1], [1, 2, 3]) == 0


def test_an_order_that_is_ours_agrees_and_its_mirror_image_turns(board: Board) -> None:
    same = agreement(board, order(strong=3.0, flaky=2.0, useless=1.0))
    turned = agreement(board, order(strong=1.0, flaky=2.0, useless=3.0))
    assert same is not None
    assert turned is not None
    assert same.tau == pytest.approx(-turned.tau)
    assert {(p.first, p.second) for p in same.same} == {(p.second, p.first) for p in turned.turned}
    assert ("strong", "useless") in {(p.first, p.second) for p in same.same}
    assert same.low <= same.tau <= same.high


def test_rows_that_one_of_both_lacks_are_left_out(board: Board) -> None:
    found = agreement(board, order(strong=3.0, flaky=2.0, useless=1.0, nobody=5.0))
    assert found is not None
    assert {row.name for row in found.rows} == {"strong", "flaky", "useless"}
    assert agreement(board, order(strong=3.0, nobody=2.0)) is None
    assert (
        agreement(board, replace(order(strong=3.0, flaky=2.0, useless=1.0), tasks=("x",))) is None
    )


def test_equal_published_values_are_no_pair(board: Board) -> None:
    found = agreement(board, order(strong=2.0, flaky=2.0, useless=1.0))
    assert found is not None
    assert len(found.pairs) == 2


def test_the_same_interval_twice(board: Board) -> None:
    one = order(strong=3.0, flaky=2.0, useless=1.0)
    first, second = agreement(board, one), agreement(board, one)
    assert first is not None
    assert second is not None
    assert (first.low, first.high) == (second.low, second.high)


def test_published_orders_are_held_against_each_other_whatever_the_variant() -> None:
    one, other = order(a=1.0, b=2.0, c=3.0), order(a=1.0, b_tuned=3.0, c=2.0)
    assert between(one, other) == pytest.approx(1 / 3)
    assert between(one, order(a=1.0, b=2.0)) is None


def test_every_order_of_the_file_names_rows_and_tasks_that_exist() -> None:
    known = catalogue([], [])
    for one in orders():
        suite = known.suites[one.suite]
        assert one.link.startswith("https://")
        for task in one.tasks:
            assert one.metric in suite.task(task).scored_by
        for name in one.values:
            method, _, variant = name.partition(".")
            assert variant in ("", "tuned")
            assert known.methods[one.suite][method].kind == "method"


def test_the_two_orders_that_notes_of_tasks_are_made_of_are_the_same_here() -> None:
    ours = {one.title.split(" on ")[0]: one.values for one in orders()}
    for theirs in elsewhere.ORDERS:
        for (method, variant), value in theirs.accuracies.items():
            name = method if variant == "default" else f"{method}.{variant}"
            assert ours[theirs.title][name] == value


def test_the_published_records_have_every_order() -> None:
    records = from_published(Path("reports/published"))
    [board, *_] = boards(records, catalogue([], []), "merging", "small")
    found = agreements(board)
    assert len(found) == len([one for one in orders() if one.suite == "merging"])
    notes = " ".join(fidelity_table([board]).notes)
    assert "among themselves, tau" in notes
