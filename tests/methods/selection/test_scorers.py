"""Methods that score examples, on real digits: what they find, what they pay, what changes them."""

from __future__ import annotations

import pytest
import torch
from torch import Tensor

from methods.selection.mimic import mimic_scores
from suites.selection.problem import Examples, Subset
from suites.selection.scores import ranked
from suites.selection.tiny import SIZES, pool_assets
from tests.methods.selection.tiny import (
    as_declared,
    choose,
    choose_on,
    declared,
    params,
    problem_for,
)

NAMES = (
    "el2n_offset", "grand", "forgetting", "aum", "ccs", "moderate", "ssp", "entropy", "margin",
    "least_confidence", "loss_reference", "mimic", "grad_mimic", "confident_learning",
    "knn_shapley", "dual", "tdds", "d2",
)  # fmt: skip

CHANGES = [
    ("el2n_offset", {"offset": 0.1}),
    ("ccs", {"dropped": [0.2, 0.2, 0.2]}),
    ("ccs", {"strata": 3}),
    ("ssp", {"clusters": 3}),
    ("ssp", {"turn": 0.5}),
    ("ssp", {"balance": 0.0}),
    ("mimic", {"layers": "head"}),
    ("mimic", {"epoch": 5}),
    ("grad_mimic", {"layers": "head"}),
    ("grad_mimic", {"temperature": 0.2}),
    ("grad_mimic", {"epochs": 1}),
    ("confident_learning", {"folds": 3}),
    ("confident_learning", {"epochs": 1}),
    ("knn_shapley", {"neighbours": 1}),
    ("dual", {"window": 3}),
    ("dual", {"steepness": 11.0}),
    ("tdds", {"window": 3}),
    ("tdds", {"decay": 0.5}),
    ("d2", {"neighbours": 2}),
    ("d2", {"gamma": 0.1}),
    ("d2", {"dropped": [0.0, 0.0, 0.0]}),
]


def numbers(subset: Subset) -> Tensor:
    assert isinstance(subset, Tensor)
    return subset


def wrong_labels() -> Tensor:
    """Which labels of the noisy pool are wrong."""
    assets = pool_assets("noise")
    return assets["pool"].tensors["labels"] != assets["answers"].tensors["truth"]


def area_under_curve(scores: Tensor, positive: Tensor) -> float:
    """The chance that a positive example outranks another, ties half."""
    differences = scores[positive][:, None] - scores[~positive]
    return float(((differences > 0).float() + 0.5 * (differences == 0).float()).mean())


@pytest.mark.parametrize("name", NAMES)
def test_a_method_chooses_exactly_what_is_asked_for(name):
    chosen = as_declared(name, "noise")
    for size in SIZES:
        subset = numbers(chosen.subsets[size])
        assert len(subset) == len(subset.unique()) == size
    if "subset_only" in declared(name)["needs"]:
        assert chosen.scores is None
    else:
        assert chosen.scores is not None
        assert chosen.scores.isfinite().all()


@pytest.mark.parametrize("name", NAMES)
def test_the_same_problem_gives_the_same_choice(name):
    one, other = as_declared(name, "noise"), choose(name, "noise")
    for size in SIZES:
        assert torch.equal(numbers(one.subsets[size]), numbers(other.subsets[size]))


@pytest.mark.parametrize(("name", "change"), CHANGES, ids=lambda value: str(value))
def test_a_hyperparameter_changes_the_choice(name, change):
    before, changed = as_declared(name, "noise"), choose(name, "noise", **change)
    assert any(
        set(numbers(before.subsets[size]).tolist()) != set(numbers(changed.subsets[size]).tolist())
        for size in SIZES
    )


def test_every_hyperparameter_has_a_test_that_it_changes_the_choice():
    tested = {(name, parameter) for name, change in CHANGES for parameter in change}
    declared = {(name, parameter) for name in NAMES for parameter in params(name)}
    assert tested == declared


@pytest.mark.parametrize("name", ["aum", "loss_reference", "knn_shapley", "moderate"])
def test_wrong_labels_are_suspected(name):
    scores = as_declared(name, "noise").scores
    assert scores is not None
    assert area_under_curve(scores, wrong_labels()) > 0.9


@pytest.mark.parametrize("name", ["entropy", "margin", "least_confidence"])
def test_what_looks_at_no_label_hardly_tells_wrong_ones(name):
    scores = as_declared(name, "noise").scores
    assert scores is not None
    assert 0.4 < area_under_curve(scores, wrong_labels()) < 0.65


@pytest.mark.parametrize("name", ["ccs", "moderate", "loss_reference", "knn_shapley", "dual", "d2"])
def test_methods_that_avoid_wrong_labels_choose_fewer_than_random_would(name):
    chosen, wrong = as_declared(name, "noise"), wrong_labels()
    assert wrong.float().mean() == pytest.approx(0.2, abs=0.02)
    assert all(wrong[numbers(chosen.subsets[size])].float().mean() < 0.1 for size in SIZES)


def test_the_offset_skips_the_hardest():
    chosen, scores = as_declared("el2n_offset"), as_declared("el2n").scores
    assert scores is not None
    order = ranked(scores)  # 30% of 300 are 90
    for size in SIZES:
        assert torch.equal(numbers(chosen.subsets[size]), order[90 : 90 + size])


def test_an_offset_that_leaves_too_few_returns_to_the_easiest_of_the_dropped():
    chosen, scores = choose("el2n_offset", offset=0.8), as_declared("el2n").scores
    assert scores is not None
    order = ranked(scores)
    assert torch.equal(
        numbers(chosen.subsets[90]), torch.cat([order[240:], order[:240].flip(0)[:30]])
    )


def test_prototypes_turn_from_easy_to_hard():
    chosen = choose("ssp", balance=0.0)
    scores = chosen.scores
    assert scores is not None
    small, large = numbers(chosen.subsets[SIZES[0]]), numbers(chosen.subsets[SIZES[-1]])
    assert scores[small].max() < scores.median() < scores[large].min()


def test_prototypes_hold_half_an_even_share_of_each_class():
    labels = pool_assets()["pool"].tensors["labels"]
    chosen = as_declared("ssp")
    for size in SIZES:  # of 30, an even share is 3, half of it 1; of 90, 9 and 4
        held = torch.bincount(labels[numbers(chosen.subsets[size])], minlength=10)
        assert held.min() >= int(0.5 * size / 10)


def test_moderate_keeps_classes_as_frequent_as_they_are():
    labels = pool_assets("tail")["pool"].tensors["labels"]
    size = len(labels) // 3
    problem = problem_for("moderate", "tail", sizes=(size,))
    subset = numbers(choose_on(problem, "moderate").subsets[size])
    exact = torch.bincount(labels, minlength=10) * size / len(labels)
    assert (torch.bincount(labels[subset], minlength=10) - exact).abs().max() < 1


@pytest.mark.parametrize("layers", ["all", "head"])
def test_mimic_scores_are_projections_of_explicit_gradients(layers):
    problem = problem_for("mimic")
    weights, network = problem.course.weights[0], problem.network
    examples = Examples(problem.images[:20], problem.labels[:20])
    scores = mimic_scores(problem, weights, examples, layers)
    direction = problem.reference.weights - weights
    if layers == "head":
        direction = direction.clone()
        direction[: -(network.width + 1) * 10] = 0
    for number, score in enumerate(scores):
        gradient = problem.gradient(weights, examples.rows(torch.tensor([number])))
        assert score.item() == pytest.approx(
            float(-gradient @ direction / direction.norm()), abs=1e-5
        )


def test_mimic_before_the_first_epoch_is_at_the_start():
    problem = problem_for("mimic")
    examples = Examples(problem.images, problem.labels)
    expected = mimic_scores(problem, problem.course.start, examples, "all")
    scores = choose("mimic", epoch=0).scores
    assert scores is not None
    assert torch.equal(scores, -expected)


def test_mimic_refuses_other_layers():
    with pytest.raises(ValueError, match="layers are 'all' or 'head', not 'first'"):
        choose("mimic", layers="first")


def test_mimic_takes_one_directional_pass_over_the_pool():
    problem = problem_for("mimic")
    bought = sum(
        pool_assets()[asset].data["cost"]["forward_passes"] for asset in ("course", "reference")
    )
    choose_on(problem, "mimic")
    assert problem._meter.spent["jvp_passes"] == 300
    assert problem._meter.spent["forward_passes"] == bought + 300


def test_grad_mimic_weighs_wrong_labels_less():
    scores = as_declared("grad_mimic", "noise").scores
    assert scores is not None
    # weights are the batch's share times its size: their mean is 1 but for batches across epochs
    assert -scores.mean() == pytest.approx(1, abs=0.1)
    assert area_under_curve(scores, wrong_labels()) > 0.6


def test_confident_learning_draws_from_what_it_does_not_prune():
    chosen = choose("confident_learning", "noise", epochs=10)
    assert chosen.scores is not None
    pruned = chosen.scores > 1
    assert 20 < int(pruned.sum()) < 150
    assert not any(pruned[numbers(chosen.subsets[size])].any() for size in SIZES)
    assert wrong_labels()[pruned].float().mean() > 2 * 0.2


def test_forgetting_takes_equal_scores_in_a_random_order():
    problem = problem_for("forgetting")
    problem.generator.manual_seed(1)
    one, other = as_declared("forgetting"), choose_on(problem, "forgetting")
    assert torch.equal(one.scores, other.scores)
    assert set(numbers(one.subsets[90]).tolist()) != set(numbers(other.subsets[90]).tolist())
