"""Figures of choices and scores: each against a case worked out by hand."""

from __future__ import annotations

from math import log

import numpy as np
import pytest
from scipy.stats import mannwhitneyu

from suites.selection.figures import (
    RIDGE,
    auroc,
    average_precision,
    copies_an_original,
    log_det_distance,
    noise_rate,
    recall_of_rarest,
    trapezoid_log,
    vendi_score,
)


def test_auroc_counts_a_tie_as_half():
    # positives 3, 1; negatives 2, 1: 3 > 2, 3 > 1, 1 < 2, 1 = 1: (1 + 1 + 0 + .5) / 4
    assert auroc([3, 1, 2, 1], [True, True, False, False]) == 0.625


def test_auroc_is_the_rank_sum_of_mann_and_whitney():
    draws = np.random.default_rng(0)
    scores, positive = draws.integers(0, 6, 80), draws.random(80) < 0.3
    theirs = mannwhitneyu(scores[positive], scores[~positive]).statistic
    assert auroc(scores, positive) == pytest.approx(
        theirs / (positive.sum() * (~positive).sum()), abs=1e-12
    )


def test_scores_that_say_nothing_have_an_auroc_of_a_half_and_the_share_as_precision():
    positive = [True, False, False, False]
    assert auroc([1, 1, 1, 1], positive) == 0.5
    assert average_precision([1, 1, 1, 1], positive) == 0.25


def test_average_precision_by_hand():
    # from the top: right (1 of 1), wrong, right (2 of 3): (1 + 2/3) / 2
    assert average_precision([4, 3, 2, 1], [True, False, True, False]) == pytest.approx(5 / 6)


@pytest.mark.parametrize("figure", [auroc, average_precision])
@pytest.mark.parametrize("positive", [[True, True], [False, False]])
def test_what_is_all_of_one_kind_is_refused(figure, positive):
    with pytest.raises(ValueError, match=r"\d of 2 are positive: there is nothing to tell apart"):
        figure([1.0, 2.0], positive)


def test_the_noise_rate_is_the_part_of_the_chosen_that_is_labelled_wrong():
    # of the pool's numbers 0, 2, 3 only 3 is wrong; 1 is wrong too, but not chosen
    assert noise_rate([0, 2, 3], [5, 5, 5, 5], [5, 4, 5, 4]) == pytest.approx(1 / 3)


def test_copies_an_original_counts_the_original_with_its_copies():
    # 1 and 2 are copies of 0: chosen 0, 1, 2, 3 are of the two originals 0 and 3
    original = [0, 0, 0, 3, 4]
    assert copies_an_original([0, 1, 2, 3], original) == 2
    assert copies_an_original([1, 3, 4], original) == 1


def test_the_recall_of_the_rarest_third_is_a_mean_over_classes():
    # of 4 classes the rarest two: 3 (1 in the pool) and 1 (2). Recalled: of 3 1 of 1, of 1 1 of 3
    truth, predicted = [0, 1, 1, 1, 2, 3], [1, 1, 0, 0, 0, 3]
    assert recall_of_rarest(predicted, truth, [9, 2, 5, 1]) == pytest.approx((1 + 1 / 3) / 2)


def test_a_rare_class_that_is_not_tested_is_refused():
    with pytest.raises(ValueError, match=r"no example of the classes \[1\]"):
        recall_of_rarest([0, 0], [0, 0], [5, 1])


def test_the_vendi_score_counts_how_many_are_different():
    # eigenvalues over n: (1, 0, 0); (1/3, 1/3, 1/3); two alike and one apart: (2/3, 1/3)
    assert vendi_score([[1, 0], [2, 0], [5, 0]]) == pytest.approx(1)
    assert vendi_score(np.eye(3)) == pytest.approx(3)
    apart = -(2 / 3 * log(2 / 3) + 1 / 3 * log(1 / 3))
    assert vendi_score([[1, 0], [1, 0], [0, 1]]) == pytest.approx(np.exp(apart))


def test_the_vendi_score_is_the_same_from_either_gram_matrix():
    # the same vectors, in three dimensions and, padded with zeros, in more than there are of them
    rows = np.random.default_rng(1).normal(size=(8, 3))
    assert vendi_score(rows) == pytest.approx(vendi_score(np.pad(rows, ((0, 0), (0, 20)))))


def test_the_log_det_distance_is_zero_at_right_angles_and_by_hand_elsewhere():
    assert log_det_distance(np.eye(3) * 7) == pytest.approx(0, abs=1e-12)
    # two at a cosine of .6: eigenvalues 1.6 and .4
    expected = -(log((1.6 + RIDGE) / (1 + RIDGE)) + log((0.4 + RIDGE) / (1 + RIDGE))) / 2
    assert log_det_distance([[1, 0], [0.6, 0.8]]) == pytest.approx(expected)


def test_the_log_det_distance_counts_directions_that_more_examples_than_features_lack():
    # three in one direction: eigenvalues 3, 0, 0
    expected = -(log((3 + RIDGE) / (1 + RIDGE)) + 2 * log(RIDGE / (1 + RIDGE))) / 3
    assert log_det_distance([[1], [1], [2]]) == pytest.approx(expected)


@pytest.mark.parametrize("figure", [vendi_score, log_det_distance])
def test_features_without_a_direction_are_refused(figure):
    with pytest.raises(ValueError, match="the features of 1 examples are 0"):
        figure([[0.0, 0.0], [1.0, 0.0]])


def test_an_area_over_log_size_by_hand():
    # logs 0, 1, 3 (base 10): (.5 + .7) / 2 * 1 + (.7 + .9) / 2 * 2 = .6 + 1.6; over 3
    assert trapezoid_log([1, 10, 1000], [0.5, 0.7, 0.9]) == pytest.approx(2.2 / 3)


def test_the_area_of_a_level_curve_is_its_height_and_of_one_point_its_value():
    assert trapezoid_log([36, 360, 1080], [0.8] * 3) == pytest.approx(0.8)
    assert trapezoid_log([36], [0.4]) == 0.4


def test_sizes_that_do_not_ascend_are_refused():
    with pytest.raises(ValueError, match="need ascending sizes"):
        trapezoid_log([10, 10], [0.1, 0.2])
