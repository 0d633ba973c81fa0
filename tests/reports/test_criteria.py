"""The step that a metric comes in."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reports.criteria import grain


def test_a_step_is_found_though_no_two_values_are_one_step_apart() -> None:
    # 2/25 and 3/25 apart: the greatest common measure is 1/25
    assert grain([0.40, 0.48, 0.60]) == pytest.approx(0.04)


@pytest.mark.parametrize("values", [[], [0.5], [0.5, 0.5]])
def test_without_two_different_values_there_is_none(values: list[float]) -> None:
    assert grain(values) == 0


def test_values_that_can_be_anything_have_none() -> None:
    assert grain([0.1, 0.1 + 2**0.5 / 10, 0.1 + 3**0.5 / 10, 0.4242]) == 0


@given(st.integers(2, 400), st.lists(st.integers(0, 400), min_size=2, max_size=20))
def test_shares_of_n_come_in_a_whole_number_of_nths(n: int, counts: list[int]) -> None:
    found = grain([count / n for count in counts])
    assert found * n == pytest.approx(round(found * n), abs=1e-3)
    assert len(set(counts)) == 1 or found * n >= 0.999
