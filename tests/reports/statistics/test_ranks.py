"""Ranks within cells."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from reports.statistics import ranks


def test_the_highest_score_ranks_first_and_equal_scores_share_the_mean_of_their_ranks() -> None:
    # cell 1: a 0.9 (1), b 0.5 (2 and 3 shared: 2.5), c 0.5 (2.5); cell 2: c 1, a 2, b 3
    scores = np.array([[0.9, 0.2], [0.5, 0.1], [0.5, 0.3]])
    assert ranks(scores) == pytest.approx(np.array([[1, 2], [2.5, 3], [2.5, 1]]))


@settings(deadline=None)
@given(
    st.lists(st.integers(-3, 3), min_size=1, max_size=7).flatmap(
        lambda scores: st.tuples(st.just(scores), st.permutations(range(len(scores))))
    )
)
def test_ranks_follow_their_methods_when_the_order_changes(
    drawn: tuple[list[int], list[int]],
) -> None:
    scores, order = drawn
    column = np.array(scores, dtype=float)[:, None]
    assert (ranks(column[order]) == ranks(column)[order]).all()
    assert ranks(column).sum() == len(scores) * (len(scores) + 1) / 2
