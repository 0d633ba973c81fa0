"""Scores of examples: each against a case worked out by hand."""

from __future__ import annotations

from itertools import permutations
from math import e, exp, log, sqrt

import pytest
import torch
from torch import Tensor

from methods.selection.confident_learning import confident_joint, folds_of, pruned
from methods.selection.dual import difficulty_and_doubt, log_beta_density
from methods.selection.entropy import entropy_of
from methods.selection.forgetting import forgetting_events
from methods.selection.knn_shapley import shapley_values
from methods.selection.least_confidence import doubt
from methods.selection.margin import closeness
from methods.selection.moderate import distance_to_median
from methods.selection.ssp import at_least_of_classes
from methods.selection.tdds import unevenness
from suites.selection.dynamics import area_under_margin, label_probabilities


def predictions(*classes: list[int]) -> Tensor:
    """Logits (epochs, n, 3) whose largest is the class of each epoch and example."""
    return torch.nn.functional.one_hot(torch.tensor(classes), 3).float()


def test_forgetting_counts_the_steps_from_right_to_wrong():
    # label 0; right, wrong, right, wrong: forgotten twice. Always right: never. Learnt late: never.
    logits = predictions([0, 0, 1], [1, 0, 2], [0, 0, 0], [2, 0, 0])
    events = forgetting_events(logits, torch.tensor([0, 0, 0]))
    assert events.tolist() == [2, 0, 0]


def test_forgetting_ranks_what_is_never_learnt_above_everything():
    # four epochs: no example can be forgotten more than twice
    logits = predictions([0, 1], [1, 1], [0, 1], [1, 1])
    assert forgetting_events(logits, torch.tensor([0, 0])).tolist() == [2, 4]


def test_moderate_measures_from_the_class_s_median_distance():
    # class 0: centre 2, distances 2, 1, 3, median 2. Class 1: centre 15, distances 5, 5.
    features = torch.tensor([[0.0], [1.0], [5.0], [10.0], [20.0]])
    labels = torch.tensor([0, 0, 0, 1, 1])
    assert distance_to_median(features, labels, 3).tolist() == [0, 1, 1, 0, 0]


def test_entropy_is_that_of_the_softmax():
    # p = 1/2, 1/2, 0 and 1, 0, 0
    logits = torch.tensor([[0.0, 0.0, -200.0], [200.0, 0.0, 0.0]])
    assert entropy_of(logits).tolist() == pytest.approx([log(2), 0])


def test_margin_and_least_confidence_look_at_the_likeliest_classes():
    # p = .5, .3, .2: 1 - (.5 - .3) and 1 - .5
    logits = torch.tensor([[0.3, 0.5, 0.2]]).log()
    assert closeness(logits).item() == pytest.approx(0.8)
    assert doubt(logits).item() == pytest.approx(0.5)


def shapley_by_definition(
    distances: list[float], right: list[float], neighbours: int
) -> list[float]:
    """Mean marginal gain of each example over all orders of joining."""

    def votes(members: tuple[int, ...]) -> float:
        nearest = sorted(members, key=lambda i: distances[i])[:neighbours]
        return sum(right[i] for i in nearest) / neighbours

    orders = list(permutations(range(len(distances))))
    totals = [0.0] * len(distances)
    for order in orders:
        for place, member in enumerate(order):
            totals[member] += votes(order[: place + 1]) - votes(order[:place])
    return [total / len(orders) for total in totals]


@pytest.mark.parametrize("neighbours", [1, 2, 3, 7])
def test_knn_shapley_is_the_shapley_value_of_the_votes(neighbours):
    distances, labels = [0.4, 0.1, 0.9, 0.3, 0.6], torch.tensor([1, 0, 1, 1, 0])
    values = shapley_values(torch.tensor([distances]), labels, torch.tensor([1]), neighbours)
    expected = shapley_by_definition(distances, (labels == 1).float().tolist(), neighbours)
    assert values[0].tolist() == pytest.approx(expected, abs=1e-6)


def test_knn_shapley_of_three_examples():
    # nearest first: right, wrong, right; K = 1.
    # s_3 = 1/3; s_2 = 1/3 + (0 - 1) * 1/2 = -1/6; s_1 = -1/6 + (1 - 0) * 1 = 5/6
    values = shapley_values(
        torch.tensor([[3.0, 1.0, 2.0]]), torch.tensor([5, 5, 4]), torch.tensor([5]), 1
    )
    assert values[0].tolist() == pytest.approx([1 / 3, 5 / 6, -1 / 6])


def test_dual_multiplies_deviation_and_difficulty_window_by_window():
    # windows of two: (0, 1): deviation 1/sqrt 2, mean 1/2; (1, 1): deviation 0
    probabilities = torch.tensor([[0.0], [1.0], [1.0]])
    score = difficulty_and_doubt(probabilities, 2).item()
    assert score == pytest.approx((sqrt(0.5) * 0.5 + 0) / 2)


def test_dual_draws_from_the_beta_density_of_its_paper():
    # anchor .6, all but nothing left out: b = 15 * .4 * (1 - 0) = 6, a = 10; density ratio of
    # .5 and .8: (.5/.8)^9 (.5/.2)^5
    density = log_beta_density(torch.tensor([0.5, 0.8]), 0.6, 0.0, 4.0)
    ratio = (density[0] - density[1]).exp().item()
    assert ratio == pytest.approx((0.5 / 0.8) ** 9 * (0.5 / 0.2) ** 5, rel=1e-4)


def test_dual_prefers_the_easier_the_more_is_left_out():
    means = torch.tensor([0.3, 0.9])
    small = log_beta_density(means, 0.5, 0.99, 4.0)
    large = log_beta_density(means, 0.5, 0.3, 4.0)
    assert small[1] - small[0] > large[1] - large[0]


def test_tdds_is_the_spread_of_steps_with_the_last_windows_heaviest():
    # p of the first class .5, .5, .25, .25: steps d = 0, |.25 log(.25/.5)| + |.75 log(.75/.5)|, 0
    step = 0.25 * log(2) + 0.75 * log(1.5)
    # windows of three epochs: steps (0, d), (d, 0), each with spread d / sqrt 2;
    # weights .8 * .2 and .8
    first = torch.tensor([0.5, 0.5, 0.25, 0.25])
    probabilities = torch.stack([first, 1 - first], -1)[:, None]
    score = unevenness(probabilities, 3, 0.8).item()
    assert score == pytest.approx((0.16 + 0.8) * step / sqrt(2), rel=1e-5)


PROBABILITIES = torch.tensor(
    [[0.9, 0.1], [0.7, 0.3], [0.2, 0.8], [0.4, 0.6], [0.3, 0.7], [0.1, 0.9]]
)
LABELS = torch.tensor([0, 0, 0, 1, 1, 1])


def test_the_confident_joint_counts_what_reaches_a_class_s_threshold():
    # t_0 = (.9 + .7 + .2) / 3 = .6, t_1 = (.6 + .7 + .9) / 3 = .7333
    # labelled 0: .9 and .7 are class 0, .8 is class 1; labelled 1: only .9 is confident.
    # rows scaled to 3 and 3: (2, 1) and (0 -> 1 at the diagonal's least, 1) -> (0, 3)
    assert confident_joint(PROBABILITIES, LABELS).tolist() == [[2, 1], [0, 3]]


def test_the_confident_joint_takes_the_likeliest_where_several_reach_their_thresholds():
    # t = .4, .4, .2; the third example, labelled 2, reaches all three: its likeliest is 1
    probabilities = torch.tensor([[0.4, 0.4, 0.2], [0.6, 0.4, 0.0], [0.4, 0.4001, 0.2]])
    labels = torch.tensor([0, 1, 2])
    # the first: t_0 = .4 and t_1 = .4: equal ones, the first class. The second: 0.6 of class 0.
    # rows: (1, 0, 0); (1, 1 at least, 0) scaled to 1, largest remainder first; (0, 1, 1) likewise
    assert confident_joint(probabilities, labels).tolist() == [[1, 0, 0], [1, 0, 0], [0, 1, 0]]


def test_pruning_takes_the_largest_margins_of_each_cell():
    # one of label 0 goes to class 1: margins -.8, -.4, .6
    joint = torch.tensor([[2, 1], [0, 3]])
    assert pruned(PROBABILITIES, LABELS, joint).tolist() == [False, False, True, *[False] * 3]


def test_pruning_spares_those_whose_label_is_predicted():
    joint = torch.tensor([[1, 2], [0, 3]])  # a second one: but .7 of class 0 is its prediction
    assert pruned(PROBABILITIES, LABELS, joint).tolist() == [False, False, True, *[False] * 3]


def test_each_class_is_spread_over_all_folds():
    labels = torch.tensor([0] * 10 + [1] * 5)
    fold = folds_of(labels, 5, torch.Generator().manual_seed(0))
    assert torch.bincount(fold[:10]).tolist() == [2] * 5
    assert torch.bincount(fold[10:]).tolist() == [1] * 5


def test_the_label_s_probability_is_the_softmax_s():
    # softmax of (1, 0): e / (1 + e); of (0, 2) for label 0: 1 / (1 + e^2)
    logits = torch.tensor([[[1.0, 0.0]], [[0.0, 2.0]]])
    expected = [e / (1 + e), 1 / (1 + exp(2))]
    assert label_probabilities(logits, torch.tensor([0]))[:, 0].tolist() == pytest.approx(expected)


def test_the_area_under_the_margin_is_the_mean_lead_of_the_label_s_logit():
    # label 1: leads by 2 - 1 = 1, then trails by 4 - 1 = 3
    logits = torch.tensor([[[0.0, 2.0, 1.0]], [[4.0, 1.0, 0.0]]])
    assert area_under_margin(logits, torch.tensor([1])).tolist() == [-1]


def test_prototypes_take_the_least_of_each_class_then_the_order():
    # least 1 of each class: 3 (class 1) and 0 (class 0), then the order's next
    order, labels = torch.tensor([3, 4, 5, 0, 1]), torch.tensor([0, 0, 0, 1, 1, 1])
    assert at_least_of_classes(order, labels, 1, 3).tolist() == [3, 0, 4]
    assert at_least_of_classes(order, labels, 0, 3).tolist() == [3, 4, 5]
