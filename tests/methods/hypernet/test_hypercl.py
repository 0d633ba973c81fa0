"""hypercl: the regulariser, frozen embeddings, and stacking."""

from __future__ import annotations

import pytest
import torch
from torch.func import functional_call

from methods.hypernet.hypercl import hypercl
from suites.hypernet.continual.embedded import Embedded
from suites.hypernet.course import Part
from tests.methods.hypernet.sequence_frame import PARTS, RATES, batch, problem_of
from tests.suites.hypernet.frame import equal, trained


def build(part: Part, seed: int = 0, *, beta: float = 0.01) -> Embedded:
    return hypercl(problem_of(part, seed), beta=beta, embedding=8)


def test_the_regulariser_is_zero_right_after_keep_and_grows_once_a_weight_moves() -> None:
    network = build(PARTS[0])
    kept = network.keep(2)["theta"].detach()
    assert kept.shape == (3, PARTS[0].target.weights)
    assert network.moved(kept).item() == 0
    with torch.no_grad():
        network.network.head.bias[0] += 1
    assert network.moved(kept).item() == pytest.approx(1)


def test_the_loss_adds_beta_times_the_mean_squared_change_by_hand() -> None:
    network = build(PARTS[0], beta=0.5)
    plain = network.loss(batch(2, {"theta": network.keep(1)["theta"].detach()}))
    kept = network.keep(1)["theta"].detach()
    kept[0, 3] += 2
    kept[1, 5] -= 4
    # .5 / (3 - 1) (2^2 + 4^2) = 5
    moved = network.loss(batch(2, {"theta": kept}))
    assert (moved - plain).item() == pytest.approx(5, rel=1e-5)


def test_the_first_task_has_no_regulariser() -> None:
    network = build(PARTS[0], beta=1e6)
    lesson = batch(0, {})
    scores = PARTS[0].target.logits(network(lesson.conditions), lesson.inputs)
    expected = torch.nn.functional.cross_entropy(scores[0], lesson.labels[0])
    torch.testing.assert_close(network.loss(lesson), expected)


def test_only_the_present_tasks_embedding_is_trained() -> None:
    network = build(PARTS[0])
    kept = network.keep(1)["theta"].detach() + 1
    network.loss(batch(2, {"theta": kept})).backward()
    assert network.embeddings.grad is not None
    assert network.embeddings.grad.any(1).tolist() == [False, False, True, False, False]


def test_outputs_of_earlier_tasks_move_less_with_the_regulariser() -> None:
    def change(beta: float) -> float:
        network = build(PARTS[0], beta=beta)
        optimiser = torch.optim.Adam(network.parameters(), lr=1e-2)
        kept = network.keep(0)["theta"].detach()
        for _ in range(20):
            optimiser.zero_grad()
            network.loss(batch(1, {"theta": kept})).backward()
            optimiser.step()
        return network.moved(kept).item()

    assert change(1.0) < 0.1 * change(0.0)


def test_stacked_trainings_have_the_digits_of_one_by_one() -> None:
    modules = [build(part, seed) for seed, part in enumerate(PARTS)]
    assert equal(trained(modules, PARTS, **RATES), trained(modules, PARTS, chunk=1, **RATES))


def test_different_conditions_at_once_give_what_they_give_one_by_one() -> None:
    network = build(PARTS[0])
    together = functional_call(network, {}, (torch.eye(5),))
    for task in range(5):
        alone = network(torch.eye(5)[task : task + 1])
        for name, tensor in alone.items():
            torch.testing.assert_close(together[name][task], tensor[0])
