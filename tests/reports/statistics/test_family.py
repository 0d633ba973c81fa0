"""Paired tests, Holm's correction, and the ranks that follow from both."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from reports.statistics import holm, paired_difference, places


def paired_p(first: list[np.ndarray], second: list[np.ndarray]) -> float:
    return paired_difference(first, second).p


def cells(*tasks: list[float]) -> list[np.ndarray]:
    return [np.array(task) for task in tasks]


def test_on_one_task_it_is_the_usual_paired_t_test() -> None:
    # differences 1, 2, 3: mean 2, standard error 1 / sqrt(3) = 0.57735, t = 3.4641, 2 degrees
    # of freedom: p = 1 - t / sqrt(2 + t^2) = 1 - 3.4641 / 3.7417 = 0.0742
    first, second = cells([2.0, 4.0, 6.0]), cells([1.0, 2.0, 3.0])
    assert paired_p(first, second) == pytest.approx(0.0742, abs=1e-4)


def test_over_tasks_the_spread_within_tasks_counts_and_not_that_between_them() -> None:
    # task 1: differences 0, 1, 2 (mean 1, variance 1); task 2: 8, 10, 12 (mean 10, variance 4)
    # mean 5.5; variance (1/3 + 4/3) / 2^2 = 5/12, t = 5.5 / .645497 = 8.5206
    # Satterthwaite: (5/3)^2 / ((1/3)^2 / 2 + (4/3)^2 / 2) = 50 / 17 = 2.94, rounded down 2
    # p with 2 degrees = 1 - t / sqrt(2 + t^2) = 1 - 8.5206 / 8.6372 = .0135
    first, second = cells([0.0, 1.0, 2.0], [8.0, 10.0, 12.0]), cells([0.0] * 3, [0.0] * 3)
    assert paired_p(first, second) == pytest.approx(0.0135, abs=1e-4)


def test_it_agrees_with_scipys_paired_test() -> None:
    from scipy.stats import ttest_rel

    first, second = np.random.default_rng(2).normal(size=(2, 5))
    assert paired_p([first], [second]) == pytest.approx(ttest_rel(first, second).pvalue)


def test_one_seed_a_task_separates_nobody_however_many_tasks_there_are() -> None:
    assert paired_p(cells([1.0], [2.0], [3.0]), cells([0.0], [0.0], [0.0])) == 1.0


def test_a_single_pair_separates_nobody() -> None:
    assert paired_p(cells([0.9]), cells([0.1])) == 1.0


def test_equal_methods_are_never_separated_and_constant_gaps_always_are() -> None:
    scores = cells([0.1, 0.7, 0.3], [0.2, 0.2, 0.9])
    assert paired_p(scores, scores) == 1.0
    assert paired_p([s + 0.25 for s in scores], scores) < 1e-9


def test_holm_compares_the_smallest_with_alpha_over_all_and_stops_at_the_first_failure() -> None:
    # sorted: 0.01 <= 0.05/4; 0.015 <= 0.05/3; 0.04 > 0.05/2, so it and all larger ones stay
    assert holm([0.04, 0.01, 0.30, 0.015]) == [False, True, False, True]
    assert holm([]) == []


def matrix(count: int, *pairs: tuple[int, int]) -> np.ndarray:
    found = np.zeros((count, count), dtype=bool)
    for winner, loser in pairs:
        found[winner, loser] = True
    return found


def test_a_rank_counts_who_is_surely_better_and_ends_before_who_is_surely_worse() -> None:
    # a beats c and d, b beats d: c has one above it, d two; a has two below it, b one
    found = places(matrix(4, (0, 2), (0, 3), (1, 3)))
    assert [(p.rank, p.last, p.tied) for p in found] == [
        (1, 2, True),
        (1, 3, True),
        (2, 4, True),
        (3, 4, True),
    ]


def test_who_beats_all_stands_alone_and_without_any_test_all_share_every_rank() -> None:
    found = places(matrix(3, (0, 1), (0, 2)))
    assert [(p.rank, p.last, p.tied) for p in found] == [(1, 1, False), (2, 3, True), (2, 3, True)]
    assert {(p.rank, p.last) for p in places(matrix(3))} == {(1, 3)}


@settings(deadline=None)
@given(
    st.integers(1, 7).flatmap(
        lambda n: st.lists(st.sampled_from([-1, 0, 1]), min_size=n * n, max_size=n * n)
    )
)
def test_a_rank_lies_inside_its_interval_whatever_the_tests_say(signs: list[int]) -> None:
    count = int(len(signs) ** 0.5)
    square = np.array(signs).reshape(count, count)
    upper = np.triu(square, 1)
    beats = (upper > 0) | (upper.T < 0)
    for place in places(beats):
        assert 1 <= place.rank <= place.last <= count


def test_a_family_of_true_ties_is_split_in_about_5_percent_of_draws() -> None:
    generator = np.random.default_rng(11)
    split = 0
    for _ in range(400):
        # fixed order, so that the first is nobody's winner
        methods = [list(generator.normal(0, 0.1, size=(3, 5))) for _ in range(4)]
        differs = holm([paired_p(methods[0], other) for other in methods[1:]])
        split += any(differs)
    assert split / 400 < 0.075


@settings(deadline=None)
@given(st.lists(st.floats(0, 1), min_size=1, max_size=8))
def test_holm_rejects_no_more_than_the_uncorrected_tests(p_values: list[float]) -> None:
    rejected = holm(p_values)
    assert all(p <= 0.05 for p, r in zip(p_values, rejected, strict=True) if r)
    assert all(r for p, r in zip(p_values, rejected, strict=True) if p <= 0.05 / len(p_values))
