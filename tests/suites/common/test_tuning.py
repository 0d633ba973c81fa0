"""suites.common.tuning: which point of the grid tuning keeps."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from suites.common.tuning import best_of, grid_points, middle_of_best

SCALES = {"scale": [0.1, 0.2, 0.3, 0.4, 0.5, 0.6]}


def kept(space, accuracies, tried=None):
    tried = tried or grid_points(space)
    return tried[middle_of_best(space, tried, accuracies)]


@pytest.mark.parametrize(
    ("accuracies", "scale"),
    [
        ([0.5, 0.6, 0.7, 0.6, 0.5, 0.4], 0.3),  # no tie
        ([0.7, 0.7, 0.7, 0.6, 0.5, 0.4], 0.2),  # three: their middle, not the edge
        ([0.5, 0.7, 0.7, 0.7, 0.7, 0.4], 0.3),  # four: places 1 to 4, mean 2.5, the lower of two
        ([0.7, 0.7, 0.5, 0.5, 0.5, 0.7], 0.2),  # places 0, 1, 5: mean 2, nearest 1
        ([0.7] * 6, 0.3),  # all alike: places 0 to 5, mean 2.5
    ],
)
def test_of_equals_in_a_row_the_middle_one_is_kept(accuracies, scale):
    assert kept(SCALES, accuracies) == {"scale": scale}


def test_the_middle_of_a_plateau_in_two_hyperparameters_by_hand():
    # keep has places 0, 1; scale 0, 1/2, 1. Best: (.1, 1), (.2, 1), (.2, 2), (.2, 3).
    #   places (0, 0), (1, 0), (1, 1/2), (1, 1); mean (3/4, 3/8)
    #   squared distances 9/16 + 9/64 = 45/64;  1/16 + 9/64 = 13/64;
    #                     1/16 + 1/64 =  5/64;  1/16 + 25/64 = 29/64
    space = {"keep": [0.1, 0.2], "scale": [1, 2, 3]}
    accuracies = [0.9, 0.8, 0.8, 0.9, 0.9, 0.9]
    assert kept(space, accuracies) == {"keep": 0.2, "scale": 2}


def test_places_are_those_of_the_whole_grid_where_it_was_thinned():
    # Tried .1, .2, .6, all alike: places 0, 1/5, 1; mean 2/5, so .2 is nearest.
    tried = [{"scale": value} for value in (0.1, 0.2, 0.6)]
    assert kept(SCALES, [0.7] * 3, tried) == {"scale": 0.2}


def test_accuracies_that_differ_by_rounding_are_equal():
    assert best_of([0.1 + 0.2, 0.3, 0.29]) == [0, 1]


def test_values_need_no_order():
    space = {"normalise": [False, True], "way": ["a", "b", "c"]}
    assert kept(space, [0.5] * 6) == {"normalise": False, "way": "b"}


def test_a_method_without_a_space_keeps_its_only_point():
    assert middle_of_best({}, [{}], [0.5]) == 0


@given(st.lists(st.sampled_from([0.25, 0.5, 0.75]), min_size=6, max_size=6))
def test_what_is_kept_validates_best(accuracies):
    chosen = middle_of_best(SCALES, grid_points(SCALES), accuracies)
    assert accuracies[chosen] == max(accuracies)


@given(st.integers(0, 5), st.integers(0, 5))
def test_the_end_of_a_plateau_of_three_or_more_is_never_kept(one, other):
    low, high = sorted((one, other))
    accuracies = [1.0 if low <= i <= high else 0.0 for i in range(6)]
    chosen = middle_of_best(SCALES, grid_points(SCALES), accuracies)
    assert low < chosen < high or high - low < 2
