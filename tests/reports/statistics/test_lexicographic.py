"""Several values of each method as one order."""

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from reports.statistics import lexicographic


def test_a_later_key_decides_only_where_the_earlier_ones_are_equal() -> None:
    # column 1: a (1, 0), b (1, 5), c (2, -9): c is above b, b above a
    # column 2: a (0, 3), b (0, 3), c (-1, 9): a and b are equal and above c
    first = np.array([[1.0, 0.0], [1.0, 0.0], [2.0, -1.0]])
    second = np.array([[0.0, 3.0], [5.0, 3.0], [-9.0, 9.0]])
    order = lexicographic([first, second])
    assert order[:, 0].argsort().tolist() == [0, 1, 2]
    assert order[0, 1] == order[1, 1] > order[2, 1]


@settings(deadline=None)
@given(st.lists(st.tuples(*[st.integers(-2, 2)] * 3), min_size=1, max_size=8))
def test_it_is_the_order_of_tuples(methods: list[tuple[int, int, int]]) -> None:
    keys = [np.array([[float(m[i])] for m in methods]) for i in range(3)]
    order = lexicographic(keys)[:, 0]
    for one, a in zip(methods, order, strict=True):
        for other, b in zip(methods, order, strict=True):
            assert (one < other, one == other) == (a < b, a == b)
