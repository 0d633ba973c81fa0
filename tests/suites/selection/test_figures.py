"""Figures of choices and scores: each against a case worked out by hand."""

from __future__ import annotations

from math import exp, inf, log

import pytest
import torch
from scipy.stats import mannwhitneyu

from suites.selection.figures import (
    RIDGE,
    area_over_log,
    auroc,
    average_precision,
    copies_an_original,
    log_det_distance,
    noise_rate,
    recall_of_rarest,
    vendi_score,
)


def test_auroc_counts_a_tie_as_half():
    # positives 3, 1; negatives 2, 1: 3 > 2, 3 > 1, 1 < 2, 1 = 1: (1 + 1 + 0 + .5) / 4
    positive = torch.tensor([True, True, False, False])
    assert auroc(torch.tensor([3.0, 1.0, 2.0, 1.0]), positive) == 0.625


def test_auroc_is_the_rank_sum_of_mann_and_whitney():
    draws = torch.Generator().manual_seed(0)
    scores = torch.randint(6, (80,), generator=draws)
    positive = torch.rand(80, generator=draws) < 0.3
    theirs = mannwhitneyu(scores[positive], scores[~positive]).statistic
    pairs = int(positive.sum()) * int((~positive).sum())
    assert auroc(scores, positive) == pytest.approx(theirs / pairs, abs=1e-12)


def test_an_infinite_score_is_above_all_others():
    scores = torch.tensor([inf, 5.0, inf, -inf])
    # inf, inf against 5, -inf: all four pairs right
    assert auroc(scores, torch.tensor([True, False, True, False])) == 1


def test_scores_that_say_nothing_have_an_auroc_of_a_half_and_the_share_as_precision():
    level, positive = torch.ones(4), torch.tensor([True, False, False, False])
    assert auroc(level, positive) == 0.5
    assert average_precision(level, positive) == 0.25


def test_average_precision_by_hand():
    # from the top: right (1 of 1), wrong, right (2 of 3): (1 + 2/3) / 2
    positive = torch.tensor([True, False, True, False])
    assert average_precision(torch.tensor([4.0, 3.0, 2.0, 1.0]), positive) == pytest.approx(5 / 6)


def test_the_noise_rate_is_the_part_of_the_chosen_that_is_labelled_wrong():
    # 1 and 3 are wrong; of 0, 2, 3 only 3
    wrong = torch.tensor([False, True, False, True])
    assert noise_rate(torch.tensor([0, 2, 3]), wrong) == pytest.approx(1 / 3)


def test_a_copy_beside_its_original_or_another_copy_of_it_is_a_repetition():
    # 1 and 2 are copies of 0: of 0, 1, 2, 3 two of four repeat one that is there; of 1, 3, 4 none
    original = torch.tensor([0, 0, 0, 3, 4])
    assert copies_an_original(torch.tensor([0, 1, 2, 3]), original) == 0.5
    assert copies_an_original(torch.tensor([1, 3, 4]), original) == 0


def test_the_recall_of_the_rarest_is_over_their_examples_together():
    # classes 0..4 have 3, 1, 2, 4, 1: the rarest three are 1, 4, 2, four examples, of which the
    # choice holds the two of 2 and the one of 4
    truth = torch.tensor([0, 0, 0, 1, 2, 2, 3, 3, 3, 3, 4])
    assert recall_of_rarest(torch.tensor([0, 4, 5, 6, 10]), truth) == 0.75


def test_the_vendi_score_counts_how_many_are_different():
    # eigenvalues over n: (1, 0, 0); (1/3, 1/3, 1/3); two alike and one apart: (2/3, 1/3)
    assert vendi_score(torch.tensor([[1.0, 0.0], [2.0, 0.0], [5.0, 0.0]])) == pytest.approx(1)
    assert vendi_score(torch.eye(3)) == pytest.approx(3)
    entropy = -(2 / 3 * log(2 / 3) + 1 / 3 * log(1 / 3))
    assert vendi_score(torch.tensor([[1.0, 0], [1, 0], [0, 1]])) == pytest.approx(exp(entropy))


def test_the_vendi_score_is_the_same_from_either_gram_matrix():
    # the same vectors, in three dimensions and, padded with zeros, in more than there are of them
    rows = torch.randn(8, 3, generator=torch.Generator().manual_seed(1))
    wide = torch.cat([rows, torch.zeros(8, 20)], dim=1)
    assert vendi_score(rows) == pytest.approx(vendi_score(wide))


def test_the_log_det_distance_of_two_by_hand():
    # at their median distance k = exp(-1/2): eigenvalues 1 + k and 1 - k
    k = exp(-0.5)
    expected = (log(1 + k + RIDGE) + log(1 - k + RIDGE)) / 2
    assert log_det_distance(torch.tensor([[0.0, 0.0], [3.0, 4.0]])) == pytest.approx(expected)


def test_the_log_det_distance_does_not_see_scale_and_falls_where_two_are_alike():
    rows = torch.randn(6, 3, generator=torch.Generator().manual_seed(1))
    alike = rows.clone()
    alike[1] = alike[0] + 0.001
    assert log_det_distance(5 * rows) == pytest.approx(log_det_distance(rows), abs=1e-4)
    assert log_det_distance(alike) < log_det_distance(rows) - 1


def test_an_area_over_log_size_by_hand():
    # logs 0, 1, 3 (base 10): (.5 + .7) / 2 * 1 + (.7 + .9) / 2 * 2 = .6 + 1.6; over 3
    assert area_over_log([1, 10, 1000], [0.5, 0.7, 0.9]) == pytest.approx(2.2 / 3)


def test_the_area_of_a_level_curve_is_its_height():
    assert area_over_log([36, 360, 1080], [0.8] * 3) == pytest.approx(0.8)
