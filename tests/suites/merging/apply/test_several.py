"""Work beside work: results in order, and no more at once than fits."""

from __future__ import annotations

import threading
import time

import pytest
import torch

from suites.merging.apply.several import in_order


@pytest.mark.parametrize("threads", [1, 3])
def test_results_come_in_the_units_order_whichever_ends_first(threads) -> None:
    def work(unit: int) -> int:
        time.sleep(0.002 * (5 - unit % 5))
        return unit * unit

    results = in_order(work, range(12), lambda _unit: 1, 4, threads)
    assert list(results) == [(unit, unit * unit) for unit in range(12)]


def test_no_more_runs_or_waits_than_fits_but_one_always_does() -> None:
    sizes = {"large": 7, "middling": 3, "small": 1, "another": 2, "last": 9}
    held, most = set(), []
    lock = threading.Lock()

    def work(unit: str) -> str:
        with lock:
            held.add(unit)
            most.append(sum(sizes[one] for one in held))
        time.sleep(0.01)
        return unit

    for unit, _ in in_order(work, list(sizes), sizes.__getitem__, 6, 3):
        time.sleep(0.02)
        with lock:
            held.remove(unit)
    assert max(most) == 9
    assert all(total in (7, 9) or total <= 6 for total in most)


def test_what_work_raises_is_raised_and_nothing_new_starts() -> None:
    started = []

    def work(unit: int) -> int:
        started.append(unit)
        if unit == 2:
            raise ValueError("unit 2")
        return unit

    with pytest.raises(ValueError, match="unit 2"):
        list(in_order(work, range(100), lambda _unit: 1, 2, 2))
    assert max(started) <= 4


def test_an_iterator_that_is_closed_early_waits_for_what_runs_and_starts_nothing_new() -> None:
    started, ended = [], []

    def work(unit: int) -> int:
        started.append(unit)
        time.sleep(0.05)
        ended.append(unit)
        return unit

    results = in_order(work, range(100), lambda _unit: 1, 4, 2)
    assert next(results) == (0, 0)
    results.close()
    assert sorted(started) == sorted(ended)
    assert max(started) <= 4


def test_a_large_unit_may_use_all_threads_and_others_one_each() -> None:
    def threads(_unit: int) -> int:
        return torch.get_num_threads()

    before = torch.get_num_threads()
    assert list(in_order(threads, [9, 2, 3, 10], lambda unit: unit, 10, 3)) == [
        (9, 3),
        (2, 1),
        (3, 1),
        (10, 3),
    ]
    assert torch.get_num_threads() == before
