"""HyperInterval: its loss's pieces, the ramps, and stacking. Bounds: test_intervals.py."""

from __future__ import annotations

import pytest
import torch
from torch import Tensor

from methods.hypernet.hyperinterval import Intervals, hyperinterval
from suites.common.trainer import cross_entropy
from suites.hypernet.continual.intervals import interval_logits, through_hypernetwork, worst_case
from suites.hypernet.course import Part
from suites.hypernet.problem import Batch
from tests.methods.hypernet.sequence_frame import PARTS, RATES, batch, problem_of
from tests.suites.hypernet.frame import equal, trained


def build(part: Part, seed: int = 0, **changed: float) -> Intervals:
    options = {"epsilon": 0.5, "kappa": 0.5, "beta": 0.01, **changed}
    return hyperinterval(problem_of(part, seed), embedding=8, **options)


def pieces(network: Intervals, lesson: Batch, share: float) -> tuple[Tensor, Tensor]:
    """Cross-entropy of the middle and of the worst case at a share of epsilon."""
    task = lesson.conditions.argmax(-1)
    around = network.around(network.embeddings[task], network.rho[task], share)
    theta = through_hypernetwork(network.network, around)
    middle, logits = interval_logits(PARTS[0].target, theta, lesson.inputs)
    worst = worst_case(logits, lesson.labels)
    return cross_entropy(middle, lesson.labels), cross_entropy(worst, lesson.labels)


def test_without_a_radius_it_is_the_plain_network() -> None:
    network = build(PARTS[0], epsilon=0.0)
    plain = network.network(network.embeddings)
    for name, tensor in network(torch.eye(5)).items():
        torch.testing.assert_close(tensor, plain[name])
    lesson = batch(0, {}, 1.0)
    scores = PARTS[0].target.logits(network(lesson.conditions), lesson.inputs)
    torch.testing.assert_close(network.loss(lesson), cross_entropy(scores, lesson.labels))


def test_an_embeddings_radii_are_epsilon_times_the_softmax_of_rho() -> None:
    network = build(PARTS[0], epsilon=0.7)
    with torch.no_grad():
        for parameter in network.parameters():
            parameter.abs_()  # no unit is cut off: bounds are those of a product of matrices
        network.embeddings.add_(1)
        network.rho.normal_(generator=torch.Generator().manual_seed(1))
    radius = 0.5 * 0.7 * network.rho.softmax(-1)
    torch.testing.assert_close(radius.sum(-1), torch.full((5,), 0.35))
    for layer in (*network.network.hidden.layers, network.network.head):
        radius = radius @ layer.weight.mT
    around = network.around(network.embeddings, network.rho, 0.5)
    found = through_hypernetwork(network.network, around)
    torch.testing.assert_close(found.radius, radius, rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize(
    ("progress", "share", "kappa"),
    [(0.0, 0.0, 1.0), (0.25, 0.5, 0.75), (0.5, 1, 0.5), (0.9, 1, 0.5)],
)
def test_epsilon_and_kappa_ramp_over_the_first_half(
    progress: float, share: float, kappa: float
) -> None:
    network = build(PARTS[0])
    lesson = batch(0, {}, progress)
    own, worst = pieces(network, lesson, share)
    torch.testing.assert_close(network.loss(lesson), kappa * own + (1 - kappa) * worst)
    assert worst >= own


def test_the_regulariser_is_zero_right_after_keep_and_is_beta_times_the_mean_squared_change() -> (
    None
):
    network = build(PARTS[0], beta=0.5)
    kept = network.keep(1)["theta"].detach()
    assert network.moved(kept).item() == 0
    still = network.loss(batch(2, {"theta": kept.clone()}, 1.0))
    kept[0, 3] += 2
    kept[1, 5] -= 4
    # .5 / (3 - 1) (2^2 + 4^2) = 5
    moved = network.loss(batch(2, {"theta": kept}, 1.0))
    assert (moved - still).item() == pytest.approx(5, rel=1e-5)


def test_only_the_present_tasks_embedding_and_radii_are_trained() -> None:
    network = build(PARTS[0])
    kept = network.keep(1)["theta"].detach() + 1
    network.loss(batch(2, {"theta": kept}, 1.0)).backward()
    for parameter in (network.embeddings, network.rho):
        assert parameter.grad is not None
        assert parameter.grad.any(1).tolist() == [False, False, True, False, False]


def test_stacked_trainings_have_the_digits_of_one_by_one() -> None:
    modules = [build(part, seed) for seed, part in enumerate(PARTS)]
    assert equal(trained(modules, PARTS, **RATES), trained(modules, PARTS, chunk=1, **RATES))
