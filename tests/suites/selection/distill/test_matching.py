"""Matching gradients and mean features: cases worked out by hand, and what they are charged."""

from __future__ import annotations

import pytest
import torch

from bench.metering.budget import Budget
from bench.metering.meter import BudgetExceeded, Meter
from suites.selection.counters import COUNTERS
from suites.selection.distill.matching import (
    Descent,
    class_means,
    gradient_of_distance,
    match_gradients,
    match_means,
    row_distance,
)
from suites.selection.distill.problem import DistillProblem
from suites.selection.networks import Network
from suites.selection.tiny import tiny_distill
from suites.selection.training import Examples

LINEAR = Network({"head.weight": (2, 2), "head.bias": (2,)}, lambda _, images: images.flatten(1), 2)


def test_class_means_are_0_where_a_class_has_none():
    values = torch.tensor([[1.0, 2.0], [3.0, 4.0], [5.0, 6.0]])
    means = class_means(values, torch.tensor([0, 0, 2]), 3)
    assert means.tolist() == [[2.0, 3.0], [0.0, 0.0], [5.0, 6.0]]


def test_two_gradients_are_apart_by_1_less_cosine_a_row_biases_left_out():
    # linear: rows (1, 0) and (0, 3) are at right angles: 1; (0, 2) and (0, 5) agree: 0.
    # kernel, one row: (3, 4) and (-3, -4) are opposite: 2. The bias would be opposite too.
    made = {
        "linear": torch.tensor([[1.0, 0.0], [0.0, 2.0]]),
        "kernel": torch.tensor([[[[3.0, 4.0]]]]),
        "bias": torch.tensor([1.0]),
    }
    real = {
        "linear": torch.tensor([[0.0, 3.0], [0.0, 5.0]]),
        "kernel": torch.tensor([[[[-3.0, -4.0]]]]),
        "bias": torch.tensor([-1.0]),
    }
    assert row_distance(made, real).item() == pytest.approx(3, abs=1e-5)


def test_a_row_of_zeros_has_a_distance_of_1_and_a_finite_derivative():
    made = torch.tensor([[0.0, 0.0]], requires_grad=True)
    distance = row_distance({"linear": made}, {"linear": torch.tensor([[1.0, 2.0]])})
    assert distance.item() == 1
    # -(1, 2) / (0 + 1e-6): what the floor leaves of the cosine's derivative
    (gradient,) = torch.autograd.grad(distance, made)
    assert gradient[0].tolist() == pytest.approx([-1e6, -2e6])


def test_the_gradient_by_made_images_is_that_worked_out_by_hand():
    # At weights of 0 both classes have p = 1/2, so an image x of class 0 has the gradient rows
    # -x/2 and x/2: with r real, D = 2 (1 - cos(x, r)), dD/dx = -2 (r / |x||r| - cos x / |x|^2).
    # x = (3, 4), r = (1, 0): cos = .6, dD/dx = -2 ((.2, 0) - (.072, .096)) = (-.256, .192)
    problem = _problem_of_two_pixels()
    made, real = torch.tensor([[[[3.0, 4.0]]]]), torch.tensor([[[[1.0, 0.0]]]])
    label = torch.tensor([0])
    gradient = gradient_of_distance(
        problem, torch.zeros(LINEAR.size), Examples(real, label), Examples(made, label)
    )
    assert gradient.flatten().tolist() == pytest.approx([-0.256, 0.192], abs=1e-5)


def test_a_later_step_is_charged_what_the_first_was_counted():
    problem = tiny_distill()
    weights = problem.network.start(problem.generator)
    real, made = (Examples(problem.images[:n], problem.labels[:n]) for n in (5, 2))
    with problem._meter:
        gradient_of_distance(problem, weights, real, made)
        first = problem._meter.flops
        gradient_of_distance(problem, weights, real, made)
    assert first > 0
    assert problem._meter.flops == 2 * first


def test_images_move_by_what_momentum_left_of_earlier_steps():
    # v = 1, x = 1 - .1; v = .5 + 1, x = .9 - .15
    images = torch.tensor([1.0])
    descent = Descent(images, rate=0.1, momentum=0.5)
    descent.step(torch.tensor([1.0]))
    descent.step(torch.tensor([1.0]))
    assert images.item() == pytest.approx(0.75)


def test_matching_gradients_counts_every_pass_of_a_class():
    # 3 steps of 10 classes of 16 real and 1 made image; the made one's gradient is derived again
    problem = tiny_distill()
    with problem._meter:
        match_gradients(problem, steps=3, inner=5, real=16, rate=1.0)
    spent = problem._meter.spent
    assert spent["forward_passes"] == 3 * 10 * (16 + 1)
    assert spent["backward_passes"] == 3 * 10 * (16 + 1 + 1)


def test_at_two_images_a_class_the_network_learns_them_between_steps():
    # 10 steps on one network, with 9 trainings of 4 epochs of 20 images between them, and 1 more
    problem = tiny_distill(per_class=2)
    with problem._meter:
        match_gradients(problem, steps=11, inner=4, real=3, rate=1.0)
    spent = problem._meter.spent
    assert spent["forward_passes"] == 11 * 10 * (3 + 2) + 9 * 4 * 20
    assert spent["backward_passes"] == 11 * 10 * (3 + 2 + 2) + 9 * 4 * 20


def test_matching_means_counts_every_pass():
    problem = tiny_distill(per_class=2)
    with problem._meter:
        match_means(problem, iterations=4, real=8, rate=1.0)
    assert problem._meter.spent["forward_passes"] == 4 * (80 + 20)
    assert problem._meter.spent["backward_passes"] == 4 * 20


@pytest.mark.parametrize("match", ["gradients", "means"])
def test_an_augmentation_is_the_same_for_real_and_made_images(match):
    """One that turns every image into 0 leaves nothing to match, so that no image moves."""
    problem, twin = tiny_distill(), tiny_distill()

    def nothing(images):
        return images * 0

    if match == "gradients":
        made = match_gradients(
            problem, steps=2, inner=1, real=4, rate=1.0, augmentation=lambda: nothing
        )
    else:
        made = match_means(problem, iterations=2, real=4, rate=1.0, augmentation=lambda: nothing)
    assert torch.equal(made, twin.real_start())


def test_matching_stops_at_the_budget():
    problem = tiny_distill(meter=Meter(Budget({"forward_passes": 500}), COUNTERS))
    with problem._meter, pytest.raises(BudgetExceeded, match="forward_passes"):
        match_gradients(problem, steps=3, inner=1, real=16, rate=1.0)
    assert problem._meter.spent["forward_passes"] == 2 * 170 + 9 * 17


def _problem_of_two_pixels() -> DistillProblem:
    problem = tiny_distill()
    problem.network = LINEAR
    return problem
