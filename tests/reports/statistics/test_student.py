"""Student's t: quantiles against printed tables, an interval by hand, and what it promises."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from reports.statistics.student import mean_interval, quantile, two_sided_p, within


@pytest.mark.parametrize(
    ("freedom", "printed"),
    # the two-sided 5% column of any printed table of Student's t
    [(1, 12.706), (2, 4.303), (3, 3.182), (4, 2.776), (9, 2.262), (30, 2.042), (120, 1.980)],
)
def test_quantiles_agree_with_the_printed_table(freedom: int, printed: float) -> None:
    assert quantile(freedom) == pytest.approx(printed, abs=5e-4)


def test_the_tail_of_one_degree_of_freedom_is_cauchys() -> None:
    # P(|T| <= 1) = 2/pi * atan(1) = 1/2
    assert within(1.0, 1) == pytest.approx(0.5)


def test_the_tail_of_two_degrees_of_freedom_has_a_simple_form() -> None:
    # P(|T| <= t) = t / sqrt(2 + t^2); t = 1: 1/sqrt(3)
    assert within(1.0, 2) == pytest.approx(1 / math.sqrt(3))


def test_tails_agree_with_scipy() -> None:
    from scipy.stats import t as student

    for freedom in (1, 2, 3, 4, 5, 8, 17, 40, 101):
        for value in (0.05, 0.7, 2.0, 6.0):
            assert two_sided_p(value, freedom) == pytest.approx(2 * student.sf(value, freedom))


def test_the_interval_of_a_mean_is_the_one_worked_out_by_hand() -> None:
    # 1, 2, 3, 4, 5: mean 3; squares of deviations 4 + 1 + 0 + 1 + 4 = 10, variance 10 / 4 = 2.5
    # half-width: 2.7764 * sqrt(2.5 / 5) = 2.7764 * 0.70711 = 1.9632
    interval = mean_interval([1, 2, 3, 4, 5])
    assert interval.mean == 3
    assert interval.low == pytest.approx(3 - 1.9632, abs=1e-4)
    assert interval.high == pytest.approx(3 + 1.9632, abs=1e-4)


def test_one_value_has_a_mean_and_no_interval() -> None:
    interval = mean_interval([0.4])
    assert interval.mean == 0.4
    assert math.isnan(interval.low)
    assert math.isnan(interval.high)


def test_no_values_have_no_mean() -> None:
    assert math.isnan(mean_interval([]).mean)


def test_the_interval_covers_the_true_mean_in_95_percent_of_draws() -> None:
    # 3,000 draws of 5 normal values: the standard error of the coverage is 0.4 points
    draws = np.random.default_rng(7).normal(0.3, 0.1, size=(3000, 5))
    intervals = [mean_interval(list(row)) for row in draws]
    covered = np.mean([i.low <= 0.3 <= i.high for i in intervals])
    assert 0.93 < covered < 0.97


@settings(deadline=None)
@given(
    st.lists(st.floats(-10, 10), min_size=2, max_size=8),
    st.floats(-5, 5),
    st.floats(0.1, 10),
)
def test_the_interval_moves_and_stretches_with_its_values(
    values: list[float], shift: float, factor: float
) -> None:
    before = mean_interval(values)
    after = mean_interval([factor * v + shift for v in values])
    assert after.low == pytest.approx(factor * before.low + shift, abs=1e-6)
    assert after.high == pytest.approx(factor * before.high + shift, abs=1e-6)


def test_a_negative_t_is_refused() -> None:
    with pytest.raises(ValueError, match="t >= 0"):
        within(-1.0, 3)
